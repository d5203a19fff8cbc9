// SPDX-License-Identifier: Apache-2.0
'use strict';

// Plays one call for each line of JSON on the standard input, and answers with one line:
//
//   {"sdk": "pop-core", "mode": "GET", "account": {…}, "action": "…", "parameters": {…}}
//   {"response": {…}}, {"refusal": {"code": "…", …}} or {"problem": "…"}

const readline = require('node:readline');

console.log = console.error; // an SDK that prints must not write among the answers

const clients = new Map();

function open({ sdk, mode, account }) {
  const key = JSON.stringify([sdk, mode, account]);
  if (!clients.has(key)) {
    clients.set(key, require('./' + sdk).open(account, mode));
  }
  return clients.get(key);
}

async function play(line) {
  const asked = JSON.parse(line);
  try {
    return { response: await open(asked)(asked.action, asked.parameters) };
  } catch (error) {
    if (error.code === 'MODULE_NOT_FOUND') {
      return { problem: 'the Node packages are missing: make foreign installs them. ' + error.message };
    }
    const refusal = require('./' + asked.sdk).refusal(error);
    return refusal ? { refusal } : { problem: String(error.stack || error) };
  }
}

(async () => {
  for await (const line of readline.createInterface({ input: process.stdin })) {
    process.stdout.write(JSON.stringify(await play(line)) + '\n');
  }
})();
