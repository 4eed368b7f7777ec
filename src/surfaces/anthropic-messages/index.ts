export { createAnthropicMessagesSurface, type AnthropicMessagesSurfaceDeps } from './surface.ts'
