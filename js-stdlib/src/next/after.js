// after() and connection() of next/server.
import { currentRecord } from '../requests.js';
import { waitUntil } from './wait-until.js';

function requireRecord(name) {
  const record = currentRecord();
  if (record === undefined) {
    throw new Error(
      `\`${name}\` was called outside a request scope. ` +
        'Read more: https://nextjs.org/docs/messages/next-dynamic-api-wrong-context',
    );
  }
  return record;
}

/**
 * Schedules work for after the response.
 * @param {Promise<unknown> | (() => unknown)} task
 */
export function after(task) {
  const record = requireRecord('after');
  if (typeof task === 'function') {
    if (record.settled) waitUntil(record, Promise.resolve().then(task));
    else (record.afterTasks ??= []).push(task);
  } else if (typeof task === 'object' && task !== null && typeof task.then === 'function') {
    waitUntil(record, task);
  } else {
    throw new Error('`after()`: Argument must be a promise or a function');
  }
}

/** Resolves at once: code here runs for a request anyway. */
export async function connection() {
  requireRecord('connection');
}
