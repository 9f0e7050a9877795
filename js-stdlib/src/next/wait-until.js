// Work that goes on after the response: event.waitUntil(), after().
import { finishOne } from '../requests.js';
import { reportException } from '../report.js';

/** The request stays until the promise settles; a rejection goes to the log. */
export function waitUntil(record, promise) {
  if (record.ended) throw new Error('waitUntil() was called after the request had ended.');
  record.pending++;
  watch(record, promise);
}

async function watch(record, promise) {
  try {
    await promise;
  } catch (error) {
    reportException(error, 'A waitUntil() promise was rejected:');
  }
  finishOne(record);
}

async function runTask(task) {
  return await task();
}

/** Runs what was given to after(): once, when the handler has settled. */
export function runAfterTasks(record) {
  const tasks = record.afterTasks;
  record.afterTasks = null;
  for (let i = 0; i < tasks.length; i++) waitUntil(record, runTask(tasks[i]));
}
