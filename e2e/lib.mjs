// What the browser tests share: the program under test, the browser, and the questions asked of every page.
// How to write a test with it: README.md.
import assert from 'node:assert/strict';
import { execFile, execFileSync, spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { accessSync, constants, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, delimiter, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { chromium } from 'playwright-core';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));
export const languages = ['hr', 'en', 'nb'];

const run = promisify(execFile);
const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

// --- the program -----------------------------------------------------------------------------------------------

let built;

/** The program's path: KVART_BIN, or bin/kvart built once for this process. */
export function binary() {
  if (process.env.KVART_BIN) return process.env.KVART_BIN;
  if (!built) {
    execFileSync('make', ['--no-print-directory', 'build'], { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] });
    built = join(root, 'bin', 'kvart');
  }
  return built;
}

/**
 * Starts the program and waits until it answers. It is stopped by `await server.stop()`, or with this process.
 *
 * Without options it is `kvart demo` on the engine of this run (see engine). `args` replaces the whole command line,
 * for `serve` and others; the program must then print its address too, and its database is what `args` say.
 *
 * @returns {Promise<{url: string, signIns: {role: string, name: string, passphrase: string}[], log: () => string,
 *   process: import('node:child_process').ChildProcess, stop: (signal?: string) => Promise<number>}>}
 */
export async function start({ args, env = {} } = {}) {
  const database = args || engine() === 'SQLite' ? null : await emptyDatabase();
  args ??= ['demo', '--addr', '127.0.0.1:0', ...(database ? ['--database-url', database.url] : [])];
  const child = spawn(binary(), args, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...env } });
  const signIns = [];
  let log = '';
  let url;
  let rest = '';
  const ended = new Promise((done) => {
    child.on('error', (err) => { log += err.message; done(-1); });
    child.on('exit', (code, signal) => done(code ?? signal));
  });
  let over = false;
  ended.then(() => { over = true; });
  const read = (chunk) => {
    log += chunk;
    rest += chunk;
    const lines = rest.split('\n');
    rest = lines.pop();
    for (const line of lines) {
      const fields = line.split('\t').map((f) => f.trim());
      if (fields.length === 3 && fields.every(Boolean)) {
        signIns.push({ role: fields[0], name: fields[1], passphrase: fields[2] });
      }
      url ??= line.match(/https?:\/\/127\.0\.0\.1:\d+/)?.[0];
    }
  };
  child.stdout.setEncoding('utf8').on('data', read);
  child.stderr.setEncoding('utf8').on('data', (chunk) => { log += chunk; });

  const kill = () => child.kill('SIGKILL');
  process.once('exit', kill);
  const stop = async (signal = 'SIGTERM') => {
    process.off('exit', kill);
    if (!over) child.kill(signal);
    const late = setTimeoutUnref(kill, 15_000);
    const code = await ended;
    clearTimeout(late);
    await database?.drop();
    return code;
  };

  const until = Date.now() + 120_000; // a bound for a start that hangs, on a machine that does much else
  while (Date.now() < until && !over) {
    if (url && (await answers(`${url}/readyz`))) {
      return { url, signIns, log: () => log, process: child, stop };
    }
    await sleep(50);
  }
  await stop('SIGKILL');
  throw new Error(`${binary()} ${args.join(' ')} ${over ? 'ended' : 'does not answer'}:\n${log}`);
}

function setTimeoutUnref(f, ms) {
  const timer = setTimeout(f, ms);
  timer.unref();
  return timer;
}

async function answers(url) {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(5_000) });
    await response.arrayBuffer();
    return response.ok;
  } catch {
    return false;
  }
}

/**
 * Runs one command of the program beside a running server.
 * @returns {Promise<{code: number, stdout: string, stderr: string}>}
 */
export async function command(...args) {
  try {
    const { stdout, stderr } = await run(binary(), args, { timeout: 120_000 });
    return { code: 0, stdout, stderr };
  } catch (err) {
    if (typeof err.code !== 'number') throw err;
    return { code: err.code, stdout: err.stdout, stderr: err.stderr };
  }
}

/**
 * The engine that demos of this test file run on: 'SQLite' or 'PostgreSQL'. KVART_E2E_ENGINE says which: `sqlite`
 * (the default), `postgres`, or `even` and `odd`, where every second file is on PostgreSQL and the others on SQLite:
 * after a run of `even` and one of `odd`, each file has been on both. PostgreSQL needs KVART_TEST_DATABASE_URL.
 */
export function engine() {
  const wanted = process.env.KVART_E2E_ENGINE || 'sqlite';
  if (wanted === 'sqlite') return 'SQLite';
  if (!process.env.KVART_TEST_DATABASE_URL) throw new Error(`KVART_E2E_ENGINE=${wanted} needs KVART_TEST_DATABASE_URL`);
  if (wanted === 'postgres') return 'PostgreSQL';
  if (wanted !== 'even' && wanted !== 'odd') throw new Error(`KVART_E2E_ENGINE is sqlite, postgres, even or odd, not ${wanted}`);
  return (whichFile() % 2 === 0) === (wanted === 'even') ? 'PostgreSQL' : 'SQLite';
}

/** The place of the test's file among all, from 0. */
function whichFile() {
  return readdirSync(join(root, 'e2e')).filter((f) => f.endsWith('.test.mjs')).sort().indexOf(basename(process.argv[1]));
}

let asked = 0;

/** Whether this run is a short one: KVART_E2E_WAYS=one. */
export const short = process.env.KVART_E2E_WAYS === 'one';

/**
 * The ways in which a job is tested, with JavaScript and without: all of them, or in a short run one, the next one for
 * each job of a file and from file to file, so that half of them go without.
 */
export function inWays(ways) {
  if (!short) return ways;
  return [ways[(Math.max(whichFile(), 0) + asked++) % ways.length]];
}

/** An empty database of its own on the server that KVART_TEST_DATABASE_URL names. */
async function emptyDatabase() {
  const admin = process.env.KVART_TEST_DATABASE_URL;
  const name = `kvart_e2e_${randomBytes(6).toString('hex')}`;
  const sql = (text) => run('psql', [admin, '-q', '-v', 'ON_ERROR_STOP=1', '-c', text]);
  await sql(`CREATE DATABASE ${name}`);
  const url = new URL(admin);
  url.pathname = `/${name}`;
  return { url: url.href, drop: () => sql(`DROP DATABASE ${name} WITH (FORCE)`) };
}

// --- the browser -----------------------------------------------------------------------------------------------

function chromiumPath() {
  if (process.env.KVART_CHROMIUM) return process.env.KVART_CHROMIUM;
  for (const dir of process.env.PATH.split(delimiter)) {
    for (const name of ['chromium', 'chromium-browser', 'google-chrome']) {
      try {
        accessSync(join(dir, name), constants.X_OK);
        return join(dir, name);
      } catch { /* not here */ }
    }
  }
  throw new Error('no Chromium on PATH: make install-tools');
}

/** A browser that asks nobody outside for anything. Close it with `await browser.close()`. */
export function launch() {
  return chromium.launch({
    executablePath: chromiumPath(),
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
      '--disable-component-update', '--disable-sync'],
  });
}

/**
 * A new page in a browser context of its own (no cookies of another), `width` CSS pixels wide.
 * `page.heard` collects what no page may do: console errors, script errors, requests to third parties, failed requests.
 *
 * @param {import('playwright-core').Browser} browser
 * @param {string} baseURL the server's url
 * @param {number} width 320 is the narrowest phone, and 1280 at 400 % zoom
 * @param {object} options of browser.newContext: colorScheme, javaScriptEnabled, locale …
 */
export async function pageAt(browser, baseURL, width = 320, options = {}) {
  const context = await browser.newContext({
    baseURL,
    viewport: { width, height: width < 700 ? 720 : 900 },
    reducedMotion: 'reduce',
    serviceWorkers: 'block',
    ...options,
  });
  const page = await context.newPage();
  page.setDefaultTimeout(10_000);
  clicksWait(page);
  const own = new URL(baseURL).origin;
  page.heard = [];
  page.on('console', (m) => { if (m.type() === 'error') page.heard.push(`console: ${m.text()}`); });
  page.on('pageerror', (err) => page.heard.push(`script: ${err.message}`));
  page.on('request', (r) => {
    if (/^(https?|wss?):/.test(r.url()) && new URL(r.url()).origin !== own) page.heard.push(`third party: ${r.url()}`);
  });
  page.on('requestfailed', (r) => {
    const why = r.failure()?.errorText;
    if (why !== 'net::ERR_ABORTED') page.heard.push(`failed: ${r.url()} ${why}`);
  });
  return page;
}

/**
 * Makes each click of the page end when the page it led to is whole. A browser says that the next page has come when its
 * first byte has; who counts elements at that moment counts those of half a page.
 */
function clicksWait(page) {
  const frame = Object.getPrototypeOf(page.mainFrame());
  if (frame.clickAtOnce) return; // one class for all pages
  frame.clickAtOnce = frame.click;
  frame.click = async function click(...args) {
    await this.clickAtOnce(...args);
    if (!this.isDetached()) await this.waitForLoadState();
  };
}

/** A page without JavaScript: every job must be possible on it. */
export function noJS(browser, baseURL, width = 320, options = {}) {
  return pageAt(browser, baseURL, width, { ...options, javaScriptEnabled: false });
}

/**
 * Signs in at the desk as the first sign-in of the demo whose role or name matches (a part of it, or a RegExp).
 * @returns the sign-in used
 */
export async function signIn(page, server, role) {
  const matches = role instanceof RegExp
    ? (text) => role.test(text)
    : (text) => text.toLowerCase().includes(role.toLowerCase());
  const who = server.signIns.find((s) => matches(s.role)) ?? server.signIns.find((s) => matches(s.name));
  assert.ok(who, `the demo printed no sign-in for ${role}, but: ${server.signIns.map((s) => s.role).join(', ')}`);
  await page.goto('/desk/sign-in');
  const form = page.locator('main form:has(input[type=password])').first();
  await form.locator('input:not([type=hidden]):not([type=password]):not([type=checkbox])').first().fill(who.name);
  await form.locator('input[type=password]').first().fill(who.passphrase);
  await Promise.all([
    page.waitForURL((url) => !url.pathname.startsWith('/desk/sign-in')),
    form.locator('button:not([type=button])').first().click(),
  ]);
  return who;
}

// --- what holds on every page ----------------------------------------------------------------------------------

/**
 * The accessibility faults axe-core finds on the page as it is now, one text each; [] is what we want.
 * It runs through the debugger, under the page's own content security policy, and needs JavaScript on.
 *
 * @param {string[]} [rules] only these rules; all of WCAG 2.2 A and AA and the best practices otherwise
 */
export async function axe(page, rules) {
  if (!await page.evaluate(() => Boolean(globalThis.axe))) await page.evaluate(axeSource);
  const violations = await page.evaluate(async (only) => {
    const runOnly = only
      ? { type: 'rule', values: only }
      : { type: 'tag', values: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] };
    return (await globalThis.axe.run(document, { runOnly, resultTypes: ['violations'] })).violations;
  }, rules ?? null);
  return violations.flatMap((v) => v.nodes.map((n) =>
    `${v.id}: ${v.help}: ${n.target.join(' ')}: ${n.failureSummary?.replace(/\s+/g, ' ')} ${n.html.slice(0, 200)}`));
}

/** What reaches over the page's right edge, outermost first; [] is what we want. */
export function tooWide(page) {
  return page.evaluate(() => {
    const width = document.documentElement.clientWidth;
    if (document.documentElement.scrollWidth <= width) return [];
    const inScroller = (e) => {
      for (let p = e.parentElement; p && p !== document.body; p = p.parentElement) {
        if (getComputedStyle(p).overflowX !== 'visible') return true;
      }
      return false;
    };
    const wide = [...document.body.querySelectorAll('*')]
      .filter((e) => e.getBoundingClientRect().right > width + 1 && !inScroller(e))
      .map((e) => `${e.tagName.toLowerCase()}.${[...e.classList].join('.')} ends at ${Math.round(e.getBoundingClientRect().right)} of ${width}`);
    return wide.length ? wide.slice(0, 5) : [`the page is ${document.documentElement.scrollWidth} of ${width} wide`];
  });
}

/**
 * KVART_E2E_ONCE is a folder in which a run keeps what axe found nothing wrong with: pages of one build that differ in
 * their words alone are looked at once, at each width. Without it axe looks at every page.
 *
 * The mark is of all elements in the body with what axe goes by: names, roles, classes, states, which attributes have a
 * text, whether something is said. Which of the languages is the present one makes no difference.
 */
async function lookedAt(page, dark) {
  const folder = process.env.KVART_E2E_ONCE;
  if (!folder) return null;
  const skeleton = await page.evaluate(() => [innerWidth, ...[...document.body.querySelectorAll('*')].map((e) => {
    const said = [...e.childNodes].some((n) => n.nodeType === Node.TEXT_NODE && n.data.trim());
    const attributes = [...e.attributes].filter((a) => a.name !== 'aria-current' || !e.hreflang).map(({ name, value }) => {
      if (/^(class|role|type|style|hidden|disabled|open|rel|scope|colspan|rowspan|tabindex|autocomplete|aria-(?!label$|describedby|labelledby|controls|details|owns|errormessage)\w+)$/.test(name)) return `${name}=${value}`;
      return `${name}${value.trim() ? '' : '=""'}`;
    });
    return `${e.tagName}${said ? '+' : ''}[${attributes.sort().join(' ')}]${getComputedStyle(e).display === 'none' ? '-' : ''}`;
  })].join('\n'));
  const mark = join(folder, createHash('sha256').update(`${dark} ${skeleton}`).digest('hex'));
  return { before: existsSync(mark), mark: () => { mkdirSync(folder, { recursive: true }); writeFileSync(mark, ''); } };
}

/**
 * Asserts what holds on every page: no axe violation, in light and dark; no scrolling sideways; nothing heard that a
 * page may not do; one main heading; a title; its language. The page must be loaded. Empties page.heard.
 */
export async function assertGoodPage(page, { lang, dark = true } = {}) {
  const faults = [];
  const looked = await lookedAt(page, dark);
  if (!looked?.before) {
    faults.push(...await axe(page));
    if (dark) {
      await page.emulateMedia({ colorScheme: 'dark' });
      faults.push(...(await axe(page, ['color-contrast'])).map((f) => `dark: ${f}`));
      await page.emulateMedia({ colorScheme: 'light' });
    }
    if (!faults.length) looked?.mark();
  }
  faults.push(...await tooWide(page));
  const head = await page.evaluate(() => ({
    title: document.title.trim(),
    h1: [...document.querySelectorAll('h1')].filter((e) => e.getClientRects().length).length,
    lang: document.documentElement.lang,
  }));
  if (!head.title) faults.push('the title is empty');
  if (head.h1 !== 1) faults.push(`${head.h1} main headings (h1), not one`);
  if (lang && head.lang !== lang) faults.push(`the page says it is in "${head.lang}", not in "${lang}"`);
  faults.push(...page.heard.splice(0));
  assert.deepEqual(faults, [], page.url());
}

/**
 * Visits every page that can be reached by links under one prefix, a few of each kind, and calls `visit(page, path)`
 * on each. A kind is a path with its ids left out, plus the names of its query parameters: 200 sessions are one kind.
 *
 * @param {import('playwright-core').Page} page
 * @param {string[]} seeds paths to begin with; they must exist
 * @param {object} how within: only paths that begin so; perKind: visits of one kind; skip: paths not to open
 * @returns {Promise<string[]>} the paths visited
 */
export async function crawl(page, seeds, { within, perKind = 2, skip = /$^/ }, visit) {
  const seen = new Set();
  const kinds = new Map();
  const queue = [...seeds];
  const visited = [];
  const collections = new Set(['centres', 'programme', 'sessions', 'services', 'proposals', 'votes', 'activities',
    'people', 'spaces', 'organisations', 'areas']);
  const kindOf = (url) => {
    const parts = url.pathname.split('/');
    const path = parts.map((p, i) => (/\d/.test(p) || collections.has(parts[i - 1])) && p ? '{}' : p).join('/');
    return `${path}?${[...new Set(url.searchParams.keys())].sort().join('&')}`;
  };
  while (queue.length) {
    const path = queue.shift();
    if (seen.has(path)) continue;
    seen.add(path);
    const kind = kindOf(new URL(path, 'http://x'));
    const n = kinds.get(kind) ?? 0;
    if (n >= perKind && !seeds.includes(path)) continue;
    kinds.set(kind, n + 1);
    visited.push(path);
    const links = await visit(page, path, async () => page.evaluate(() =>
      [...document.querySelectorAll('a[href]')].filter((a) => !a.hasAttribute('download')).map((a) => a.href)));
    const own = new URL(page.url()).origin;
    for (const href of links ?? []) {
      if (!URL.canParse(href)) continue;
      const url = new URL(href);
      const to = url.pathname + url.search;
      if (url.origin === own && url.pathname.startsWith(within) && !skip.test(to)) queue.push(to);
    }
  }
  return visited;
}
