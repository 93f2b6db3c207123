export { createApolloServer } from './apollo-server.js';
export { LANDING_DOCUMENT, LANDING_VARIABLES } from './landing-operation.js';
export { readDemoFiles } from './demo-files.js';
export { createErrorFormatter } from './graphql-errors.js';
export { createHttpServer } from './http-server.js';
export { getRequestId } from './request-context.js';
export { Subscriptions } from './subscriptions.js';
export { renderSandboxPage, type SandboxOtp } from './sandbox-page.js';
