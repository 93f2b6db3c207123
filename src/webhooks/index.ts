export { CallbackInbox } from './callback-inbox.js';
