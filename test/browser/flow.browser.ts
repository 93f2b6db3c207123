// The explorer and the example page, driven in a real Chromium through the whole flow, without the internet.
import { mkdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Browser, Page } from 'puppeteer-core';
import { startProcess, type RealProcess } from '../support/real-process.js';
import { findChromium, launchChromium, openPage } from './chromium.js';

const PHONE = { width: 375, height: 740 };
const DESKTOP = { width: 1280, height: 800 };
const READING_MS = 2_000;
const PICTURES = '.cache/browser';
const DATA_DIR = `${process.cwd()}/.cache/browser-data-${process.pid}`;

let server: RealProcess;
let browser: Browser;
let url: string;
beforeAll(async () => {
  mkdirSync(PICTURES, { recursive: true });
  server = startProcess(['start'], {
    cwd: process.cwd(),
    env: {
      PORT: '0',
      DATA_DIR,
      INQUIRY_SCHEDULE_MS: '2000',
      OTP_MAX_PER_HOUR: '100',
      OTP_MAX_PER_DAY: '100',
    },
  });
  [, url = ''] = await server.prints(/(http:\/\/localhost:\d+)\/graphql/, 60_000);
  browser = await launchChromium(findChromium()!);
}, 90_000);
afterAll(async () => {
  await browser.close();
  server.kill('SIGTERM');
  await server.exited();
  await rm(DATA_DIR, { recursive: true, force: true });
});

const textOf = (page: Page) => page.evaluate(() => document.body.innerText);

/** Resolves when the page says so. */
async function shows(page: Page, text: string | RegExp): Promise<void> {
  const source = typeof text === 'string' ? text : text.source;
  await page
    .waitForFunction(
      (wanted: string) => new RegExp(wanted, 'i').test(document.body.innerText),
      { timeout: 20_000 },
      source,
    )
    .catch(async () => {
      throw new Error(`the page does not show ${source}, but:\n${await textOf(page)}`);
    });
}

/** Nothing sticks out to the side. */
async function fitsWidth(page: Page): Promise<boolean> {
  return page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth);
}

async function fill(page: Page, name: string, value: string): Promise<void> {
  await page.locator(`input[name=${name}]`).fill(value);
}

async function press(page: Page, text: string): Promise<void> {
  await page.locator(`button ::-p-text(${text})`).click();
}

async function openDemo(size = PHONE) {
  const opened = await openPage(browser, size);
  await opened.page.goto(`${url}/demo/`);
  return opened;
}

async function sendOtp(page: Page, amount: string, customerId = '6111111111'): Promise<void> {
  await fill(page, 'customerId', customerId);
  await fill(page, 'amount', amount);
  await press(page, 'Send OTP');
}

describe('the example page, on a phone', () => {
  test('sends an OTP, transfers, shows the status as it changes, and lists', async () => {
    const { page, outside, errors } = await openDemo();
    await shows(page, 'New transfer');
    await page.screenshot({ path: `${PICTURES}/demo-1-form.png` });
    await sendOtp(page, '103');
    await shows(page, 'was texted to XXXXXX1111');
    await page.screenshot({ path: `${PICTURES}/demo-2-otp.png` });
    await fill(page, 'otp', '123456');
    await press(page, 'Send ₹103');
    await shows(page, 'AWAITED');
    await shows(page, 'Do not send the money again');
    await page.screenshot({ path: `${PICTURES}/demo-3-awaited.png` });
    await shows(page, 'SUCCESS');
    await shows(page, 'Sunil Sharma');
    expect(await fitsWidth(page)).toBe(true);
    await page.screenshot({ path: `${PICTURES}/demo-4-success.png` });
    await press(page, 'History');
    await shows(page, '₹103');
    expect(await fitsWidth(page)).toBe(true);
    await page.screenshot({ path: `${PICTURES}/demo-5-history.png` });
    expect({ outside, errors }).toEqual({ outside: [], errors: [] });
  }, 60_000);

  test('pages through a history that is longer than one page', async () => {
    const { page } = await openDemo();
    for (let made = 0; made < 11; made += 1) {
      await press(page, 'New transfer');
      await sendOtp(page, String(200 + made), `61111111${20 + made}`);
      await fill(page, 'otp', '123456');
      await press(page, `Send ₹${200 + made}`);
      await shows(page, 'SUCCESS');
    }
    await press(page, 'History');
    await shows(page, '₹210');
    expect(await textOf(page)).not.toContain('₹200');
    await press(page, 'Show more');
    await shows(page, '₹200');
  }, 120_000);

  const PROBLEMS: readonly (readonly [string, (page: Page) => Promise<void>, string])[] = [
    ['an amount that is too small', (page) => sendOtp(page, '50'), 'must be at least 100 rupees'],
    ['a number that is none', (page) => sendOtp(page, '500', '12345'), 'must be ten digits'],
    ['a customer that Eko does not know', (page) => sendOtp(page, '500', '6222222222'), 'customer'],
    [
      'a wrong OTP',
      async (page) => {
        await sendOtp(page, '500', '6111111199');
        await fill(page, 'otp', '000000');
        await press(page, 'Send ₹500');
      },
      'OTP was wrong',
    ],
    [
      'a decline',
      async (page) => {
        await sendOtp(page, '101', '6111111198');
        await fill(page, 'otp', '123456');
        await press(page, 'Send ₹101');
      },
      'balance',
    ],
  ];
  test.each(PROBLEMS)('%s is told in a sentence', async (_name, act, sentence) => {
    const { page } = await openDemo();
    await act(page);
    await shows(page, sentence);
    expect(await fitsWidth(page)).toBe(true);
  });
});

describe('the explorer', () => {
  test('tells the story when play is pressed five times', async () => {
    const { page, outside, errors } = await openPage(browser, DESKTOP);
    await page.goto(`${url}/explorer`);
    await page.waitForSelector('.graphiql-execute-button', { timeout: 30_000 });
    const tabs = await page.$$('.graphiql-tab');
    expect(tabs).toHaveLength(5);
    const expectations = [
      /otpRefId": "/,
      /"status": "AWAITED"/,
      /"status": "SUCCESS"/,
      /"edges"/,
      /"screenMessage"/,
    ];
    for (const [index, wanted] of expectations.entries()) {
      await page.evaluate(
        (at: number) => document.querySelectorAll('.graphiql-tab')[at]?.querySelector('button')?.click(),
        index,
      );
      await page.waitForFunction(
        (at: number) =>
          document.querySelectorAll('.graphiql-tab')[at]?.classList.contains('graphiql-tab-active'),
        {},
        index,
      );
      // Nothing on the page says when the editor has read a tab that was opened. A person takes longer.
      await delay(READING_MS);
      await page.click('.graphiql-execute-button');
      await page
        .waitForFunction(
          (source: string) => {
            const text = document.querySelector<HTMLElement>('.graphiql-response')?.innerText ?? '';
            return new RegExp(source).test(text.replace(/\u00a0/g, ' '));
          },
          { timeout: 20_000 },
          wanted.source,
        )
        .catch(async () => {
          await page.screenshot({ path: `${PICTURES}/explorer-failed.png` });
          throw new Error(`tab ${index + 1} does not show ${wanted.source}:\n${await textOf(page)}`);
        });
      await page.screenshot({ path: `${PICTURES}/explorer-${index + 1}.png` });
    }
    expect({ outside, errors }).toEqual({ outside: [], errors: [] });
  }, 120_000);
});

test('the start page leads to both', async () => {
  const { page } = await openPage(browser, PHONE);
  await page.goto(`${url}/`);
  await shows(page, 'Explorer');
  expect(await fitsWidth(page)).toBe(true);
  await page.screenshot({ path: `${PICTURES}/start-page.png` });
  await page.locator('a[href="/demo/"]').click();
  await shows(page, 'New transfer');
});
