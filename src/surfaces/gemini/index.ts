export { createGeminiSurface, type GeminiSurfaceDeps } from './surface.ts'
