// A reporter for node:test that writes one JSON line for each test that is no suite, for `npm test` to count and name.
const outcome = ({ type, data }) => {
  if (data.skip !== undefined && data.skip !== false) return 'skipped';
  return type === 'test:pass' ? 'passed' : 'failed';
};

export default async function* report(events) {
  for await (const event of events) {
    if (event.type !== 'test:pass' && event.type !== 'test:fail') continue;
    const { name, skip, details } = event.data;
    const result = outcome(event);
    // A suite counts only where it is the sole bearer of news: skipped as a whole.
    if (details?.type === 'suite' && result !== 'skipped') continue;
    yield `${JSON.stringify({ name, result, reason: typeof skip === 'string' ? skip : '' })}\n`;
  }
}
