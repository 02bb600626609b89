// Walks through the pages that Tegata serves, in a real browser, and says what it saw.
//
//   node walk.mjs <browser> <address of the application> <address of the provider>
//
// tests/tests/browser.rs is the application, and starts this. Nothing here waits for time to pass:
// each step waits for what it is about.

import assert from 'node:assert/strict';
import { chromium } from 'playwright-core';

const [executablePath, app, provider] = process.argv.slice(2);
const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
const isTold = /code=|id_token=|state=/;

/** A page that fails the walk when anything is refused by a policy or throws. */
async function open(options) {
  const page = await (await browser.newContext(options)).newPage();
  page.complaints = [];
  page.on('console', (line) => line.type() === 'error' && page.complaints.push(line.text()));
  page.on('pageerror', (error) => page.complaints.push(String(error)));
  return page;
}

/** Presses Tab until the control with this text has the focus. */
async function tabTo(page, text) {
  for (let presses = 0; presses < 20; presses += 1) {
    await page.keyboard.press('Tab');
    const found = await page.evaluate(() => document.activeElement.textContent.trim());
    if (found === text) return;
  }
  assert.fail(`no Tab leads to ${text}`);
}

async function step(name, walk, options) {
  const page = await open(options);
  await walk(page);
  await page.context().close();
  console.log(`  ${name}`);
}

await step('a fragment reaches the server, and stays nowhere', async (page) => {
  const requests = [];
  page.on('request', (request) => requests.push(request));
  await page.goto(`${app}/login`);
  assert.ok(page.url().startsWith(provider), 'the provider asks');
  await page.keyboard.press('Tab');
  await page.keyboard.press('ArrowDown');
  await tabTo(page, 'Approve');
  await page.keyboard.press('Enter');
  await page.waitForSelector('text=hello, bob');
  assert.equal(page.url(), `${app}/callback`);
  const kept = await page.evaluate(() => navigation.entries().map((entry) => entry.url));
  assert.ok(!kept.some((url) => url.includes('#') || isTold.test(url)), 'the history is clean');
  const ours = requests.filter((request) => request.url().startsWith(app));
  const posted = ours.filter((request) => request.method() === 'POST');
  assert.equal(posted.length, 1);
  assert.match(posted[0].postData(), /id_token=/);
  assert.doesNotMatch((await posted[0].allHeaders()).referer ?? '', isTold);
  assert.deepEqual(page.complaints, []);
});

await step('its policy lets no other script run, and a field called submit is a field', async (page) => {
  await page.addInitScript(() => {
    HTMLFormElement.prototype.submit = function submit() {
      window.posted = new URLSearchParams(new FormData(this)).toString();
    };
  });
  await page.goto(`${app}/callback#submit=1&code=a&code=b&state=%3Cb%3E`);
  const posted = await page.evaluate(() => window.posted);
  assert.equal(posted, 'submit=1&code=a&code=b&state=%3Cb%3E');
  assert.equal(page.url(), `${app}/callback`);
  const hasRun = await page.evaluate(() => {
    const script = document.createElement('script');
    script.textContent = 'window.hasRun = true';
    document.body.append(script);
    return window.hasRun === true;
  });
  assert.ok(!hasRun && /Content Security Policy/.test(page.complaints.join()), 'an injected script');
});

await step('without scripts it says what is missing', async (page) => {
  await page.goto(`${app}/callback`);
  assert.match(await page.textContent('noscript'), /JavaScript is needed/);
}, { javaScriptEnabled: false });

await step('a device is approved by its code alone', async (page) => {
  const device = await (await page.request.get(`${app}/device`)).json();
  await page.goto(device.address);
  await page.getByLabel('The code that it shows').fill(device.code.toLowerCase());
  await tabTo(page, 'Approve');
  await page.keyboard.press('Enter');
  await page.waitForSelector('text=The device may go on');
  assert.deepEqual(page.complaints, []);
});

await step('a page learns that the session at the provider has ended', async (page) => {
  const isQuestion = (response) => response.url().includes('session_state=');
  const asked = page.waitForResponse(isQuestion);
  await page.goto(`${app}/watch`);
  assert.equal(await (await asked).text(), 'unchanged');
  assert.equal(await page.title(), 'watching');
  await page.request.post(`${app}/sign-out-at-the-provider`);
  await page.waitForFunction(() => document.title === 'changed');
  assert.deepEqual(page.complaints, []);
});

await browser.close();
