import type { Results } from './results.js';
import { integerText, kinds, networkText, percentText } from './text.js';
import type { Summary } from './statistics.js';

/** One HTML page that needs nothing else: figures, and how handshake and answer times spread. */
export function reportHtml(results: Results, handshakeMs: readonly number[], answerMs: readonly number[]): string {
  const { nodes, reported, network, readings, retransmissions, failures } = results;
  const lostShare = network.sent === 0 ? '0%' : percentText(network.lost / network.sent);
  return `<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Thimble: ${reported} of ${nodes} nodes reported</title>
<style>
body { font: 16px/1.5 system-ui, sans-serif; max-width: 56rem; margin: 2rem auto; padding: 0 1rem; color-scheme: light dark; }
table { border-collapse: collapse; margin: 1rem 0; } th, td { text-align: right; padding: .2rem .8rem; }
th:first-child { text-align: left; } thead th { border-bottom: 1px solid; } svg { width: 100%; height: auto; }
rect { fill: #2a7fb8; } text { font-size: 12px; fill: currentColor; }
</style>
<h1>${reported} of ${nodes} nodes reported</h1>
<p>${escape(networkText(results.conditions))}; seed ${results.seed}; ${(results.elapsedMs / 1_000).toFixed(1)} s.
${integerText(network.lost)} of ${integerText(network.sent)} datagrams were lost (${lostShare}),
${integerText(network.duplicated)} duplicated, ${integerText(network.reordered)} overtaken;
${integerText(retransmissions)} datagrams of handshakes were sent again.
${integerText(readings.answered)} of ${integerText(readings.sent)} readings were answered.</p>
<table><thead><tr><th></th><th>p50</th><th>p95</th><th>p99</th><th>most</th></tr></thead><tbody>
${figures('Handshake, ms', results.handshakeMs)}
${kinds(results).map(([kind, { connected, nodes, handshake }]) => [
    figures(`${kind} (${connected} of ${nodes} nodes), ms`, handshake.timeMs),
    figures('datagrams', handshake.datagrams), figures('bytes', handshake.bytes)].join('\n')).join('\n')}
${figures('Answer to a reading, ms', readings.timeMs)}
</tbody></table>
<h2>Handshake times</h2>${histogram(handshakeMs)}
<h2>Answer times</h2>${histogram(answerMs)}
<h2>Memory</h2>
${kinds(results).map(([kind, { memory }]) => `<p>A node with ${kind} uses ${integerText(memory.nodeUsed)} of its
${integerText(memory.node)} bytes of linear memory. A connection takes ${integerText(memory.connection)} bytes, its handshake
${integerText(memory.handshake)} while it runs, its aftercare ${integerText(memory.aftercare)}, a context ${integerText(memory.context)}.</p>`).join('\n')}
${failures.length === 0 ? '' : `<h2>Nodes that did not report</h2><ul>${failures.map(failure).join('')}</ul>`}
</html>
`;
}

function failure({ name, problem }: Results['failures'][number]): string {
  return `<li>${escape(name)}: ${escape(problem)}</li>`;
}

function figures(label: string, summary: Summary | undefined): string {
  const values = summary === undefined ? ['–', '–', '–', '–'] :
    [summary.p50, summary.p95, summary.p99, summary.maximum].map(integerText);
  return `<tr><th>${label}</th>${values.map((value) => `<td>${value}</td>`).join('')}</tr>`;
}

const COLUMNS = 60;
const HEIGHT = 120;

/** How many values lie where, between zero and the largest. */
function histogram(values: readonly number[]): string {
  if (values.length === 0) return '<p>Nothing was measured.</p>';
  const most = values.reduce((largest, value) => Math.max(largest, value), 1);
  const counts = new Array<number>(COLUMNS).fill(0);
  for (const value of values) counts[Math.min(COLUMNS - 1, Math.floor((value / most) * COLUMNS))]!++;
  const highest = Math.max(...counts);
  const bars = counts.map((count, column) => {
    const height = (count / highest) * HEIGHT;
    return `<rect x="${column * 10}" y="${(HEIGHT - height).toFixed(1)}" width="9" height="${height.toFixed(1)}"/>`;
  });
  const right = `<text x="600" y="${HEIGHT + 15}" text-anchor="end">${integerText(most)} ms</text>`;
  return `<svg viewBox="0 0 600 ${HEIGHT + 20}" role="img">${bars.join('')}<text x="0" y="${HEIGHT + 15}">0</text>${right}</svg>`;
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}
