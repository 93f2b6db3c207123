// A real Chromium without a window, cut off from everything but this machine.
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import puppeteer, { type Browser, type Page } from 'puppeteer-core';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome', 'chrome'];
const MAC = '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome';

/** `CHROMIUM_PATH`, or the first of the usual names on the PATH; null when there is none. */
export function findChromium(environment: NodeJS.ProcessEnv = process.env): string | null {
  const { CHROMIUM_PATH: named, PATH = '' } = environment;
  const candidates = named
    ? [named]
    : [...PATH.split(delimiter).flatMap((dir) => NAMES.map((name) => join(dir, name))), MAC];
  return candidates.find(isExecutable) ?? null;
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

export async function launchChromium(executablePath: string): Promise<Browser> {
  return puppeteer.launch({
    executablePath,
    args: [
      '--no-sandbox', // it may run as root, in CI
      '--disable-dev-shm-usage',
      // No name but localhost is found: whatever a page asks for elsewhere fails.
      '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1',
    ],
  });
}

export interface WatchedPage {
  readonly page: Page;
  /** Addresses that were asked for and are not on this machine. */
  readonly outside: string[];
  /** What the page threw, or reported as an error. */
  readonly errors: string[];
}

export async function openPage(
  browser: Browser,
  size: { width: number; height: number },
): Promise<WatchedPage> {
  const context = await browser.createBrowserContext();
  const page = await context.newPage();
  await page.setViewport(size);
  const outside: string[] = [];
  const errors: string[] = [];
  page.on('request', (request) => {
    const { protocol, hostname } = new URL(request.url());
    if (/^(http|ws)s?:$/.test(protocol) && !['localhost', '127.0.0.1'].includes(hostname))
      outside.push(request.url());
  });
  page.on('pageerror', (error) => errors.push(String(error)));
  page.on('console', (message) => {
    if (message.type() === 'error') errors.push(message.text());
  });
  return { page, outside, errors };
}
