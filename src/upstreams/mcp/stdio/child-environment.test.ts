import { describe, expect, it } from 'vitest'
import { childEnvironment } from './child-environment.ts'

describe('childEnvironment', () => {
  const gateway = { PATH: '/bin', HOME: '/h', OPENAI_API_KEY: 'secret', SYSTEMROOT: 'C:', TOKEN: 't', TRUNKLINE_OWNER: 'forged' }

  it('gives the allowed, the named and the set, and nothing else', () => {
    const environment = childEnvironment(gateway, { env: { HOME: '/other', X: '1' }, inheritEnv: ['TOKEN', 'ABSENT'] }, 'owner', 'linux')
    expect(environment).toEqual({ PATH: '/bin', HOME: '/other', TOKEN: 't', X: '1', TRUNKLINE_OWNER: 'owner' })
  })

  it('gives a Windows child what every Windows program needs', () => {
    expect(childEnvironment(gateway, { env: {}, inheritEnv: [] }, 'owner', 'win32')).toMatchObject({ SYSTEMROOT: 'C:' })
  })

  it('does not let a definition forge the owner mark', () => {
    expect(childEnvironment(gateway, { env: { TRUNKLINE_OWNER: 'x' }, inheritEnv: ['TRUNKLINE_OWNER'] }, 'owner')['TRUNKLINE_OWNER']).toBe('owner')
  })
})
