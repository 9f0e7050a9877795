// A reporter for node's test runner, one line of JSON for each test that ended: what run.mjs reads.
export default async function* results(events) {
  for await (const { type, data } of events) {
    if (type !== 'test:pass' && type !== 'test:fail') continue;
    if (data.skip !== undefined || data.todo !== undefined) continue;
    const { name, nesting, file } = data;
    yield `${JSON.stringify({ name, nesting, file, passed: type === 'test:pass' })}\n`;
  }
}
