export { createDemoProvider } from './provider.ts'
