export { ReconciliationWorker } from './reconciliation-worker.js';
