export { createOllamaProvider } from './provider.ts'
