export { createOpenaiCompatibleProvider } from './provider.ts'
