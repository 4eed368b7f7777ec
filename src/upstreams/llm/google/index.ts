export { createGoogleProvider } from './provider.ts'
