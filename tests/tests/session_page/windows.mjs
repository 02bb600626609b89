// Two windows without a browser: the page of the application and the frame of the provider, each with
// the script that its HTML brings. Commands come by stdin, a line each; what happens is printed, and
// `done` behind it.

import { createHash } from 'node:crypto';
import { createInterface } from 'node:readline';
import vm from 'node:vm';

const given = JSON.parse(process.argv[2]);
const frameOrigin = new URL(given.frameAddress).origin;

// What is under way and must end before a command is done.
const pending = [];

const scriptOf = (html) => /<script[^>]*>(.*?)<\/script>/s.exec(html)[1];

class Window {
  listeners = [];

  constructor(html, globals) {
    const addEventListener = (type, listener) => type === 'message' && this.listeners.push(listener);
    vm.runInNewContext(scriptOf(html), { addEventListener, ...globals });
  }

  receive(event) {
    for (const listener of this.listeners) pending.push(listener(event));
  }
}

// A window as another one sees it: nothing but a slot for messages, for its own origin alone.
const slot = (origin, deliver) => ({
  postMessage(data, target) {
    if (target === origin) deliver(data);
    else console.log(`withheld from ${target}`);
  },
});
const slotOfFrame = slot(frameOrigin, (data) => {
  console.log(`asks ${data}`);
  frame.receive({ data, origin: given.pageOrigin, source: slotOfPage });
});
const slotOfPage = slot(given.pageOrigin, (data) => {
  console.log(`hears ${data}`);
  page.receive({ data, origin: frameOrigin, source: slotOfFrame });
});

let loaded;
let named = 0;
const timers = new Map();
const page = new Window(given.page, {
  document: {
    getElementById: (id) => id === 'op' && {
      contentWindow: slotOfFrame,
      addEventListener: (type, listener) => { if (type === 'load') loaded = listener; },
    },
  },
  location: { origin: given.pageOrigin },
  parent: { postMessage: (data, target) => console.log(`tells ${target} ${data}`) },
  setInterval: (callback, milliseconds) => {
    console.log(`asks again in ${milliseconds}`);
    timers.set(++named, callback);
    return named;
  },
  clearInterval: (name) => timers.delete(name),
});
const frame = new Window(given.frame, {
  URLSearchParams,
  fetch: (address) => fetch(new URL(address, given.frameAddress)),
});

const commands = {
  load: () => loaded(),
  tick: () => timers.forEach((callback) => callback()),
  'hear from another origin': () =>
    page.receive({ data: 'changed', origin: 'https://evil.example', source: slotOfFrame }),
  'hear from another window': () =>
    page.receive({ data: 'changed', origin: frameOrigin, source: slotOfPage }),
  'hash of the script of the frame': () =>
    console.log(createHash('sha256').update(scriptOf(given.frame)).digest('base64')),
};

for await (const command of createInterface({ input: process.stdin })) {
  commands[command]();
  while (pending.length > 0) await pending.shift();
  console.log('done');
}
