export { createOpenaiChatSurface, type OpenaiChatSurfaceDeps } from './surface.ts'
