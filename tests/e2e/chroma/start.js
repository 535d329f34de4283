#!/usr/bin/node
// The program of the image is the server alone; here it is a guest of Node, which has caught these two signals before.
for (const signal of ['SIGTERM', 'SIGINT']) {
  const nothing = () => {}
  process.on(signal, nothing).removeListener(signal, nothing)
}
require('/usr/lib/chroma/chromadb-js-bindings.linux-x64-gnu.node').cli(['chroma', ...process.argv.slice(2)])
