export { createModelsSurface, type ModelsSurfaceDeps } from './surface.ts'
