export { createChatWsSurface, type ChatWsDeps, type ChatWsSettings } from './surface.ts'
export { CHAT_ERRORS } from './chat-error.ts'
export { clientMessage, clientMessages } from './client-messages.ts'
export { serverMessage, serverMessages } from './server-messages.ts'
