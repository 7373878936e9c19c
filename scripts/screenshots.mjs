// Pictures of the demo for the documentation: `make screenshots` writes docs/img/*.png.
// Names given as arguments make only those: node scripts/screenshots.mjs programme session
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { launch, pageAt, root, signIn, start } from '../e2e/lib.mjs';

// A path, or a function that leads the page there. `as` signs in at the desk first. `full` is the whole length.
const coordination = /coordinator|koordinacija/i;
const support = /^support|podrska/i;
const pictures = [
  { name: 'programme', path: '/hr/programme', width: 1280 },
  { name: 'programme-dark', path: '/hr/programme', width: 1280, dark: true },
  { name: 'programme-320', path: '/hr/programme', width: 320 },
  { name: 'programme-en', path: '/en/programme', width: 1280 },
  { name: 'session', path: (page) => first(page, '/hr/programme', '/hr/sessions/'), width: 768, full: true },
  { name: 'centre', path: (page) => first(page, '/hr/centres', '/hr/centres/'), width: 1280, full: true },
  { name: 'map', path: '/hr/map', width: 1280 },
  { name: 'find', path: '/hr/services?q=pravnik', width: 1280, full: true },
  { name: 'service', path: (page) => first(page, '/hr/services?q=pravnik', '/hr/services/'), width: 768, full: true },
  { name: 'services', path: '/desk/services', width: 1280, as: coordination },
  { name: 'desk', path: '/desk/', width: 1280, as: coordination },
  { name: 'rooms-week', path: '/desk/rooms?view=week', width: 1280, as: coordination },
  { name: 'booking', path: '/desk/bookings/new', width: 768, full: true, as: coordination },
  { name: 'requests', path: '/desk/requests', width: 1280, as: coordination },
  { name: 'find-room', path: '/desk/find', width: 768, full: true, as: /member|članstvo/i },
  { name: 'season', path: (page) => first(page, '/hr/seasons', '/hr/seasons/'), width: 1280 },
  { name: 'poster', path: (page) => poster(page), width: 900, full: true },
  { name: 'premises', path: '/desk/premises', width: 1280, as: coordination },
  { name: 'duty', path: '/desk/duty', width: 768, as: coordination },
  { name: 'move', path: (page) => move(page), width: 768, full: true, as: coordination },
  { name: 'contact', path: '/hr/contact', width: 1280, full: true },
  { name: 'inbox', path: '/desk/messages', width: 1280, as: support },
  { name: 'thread', path: (page) => first(page, '/desk/messages', '/desk/messages/thread/'), width: 1280, full: true, as: support },
  { name: 'readers', path: '/desk/messages/team', width: 1280, full: true, as: coordination },
  { name: 'needs', path: (page) => first(page, '/hr/needs', '/hr/needs/'), width: 1280, full: true },
  { name: 'proposals', path: '/desk/proposals', width: 1280, full: true, as: coordination },
  { name: 'survey', path: (page) => first(page, '/hr/surveys', '/results'), width: 768 },
  { name: 'vote', path: (page) => last(page, '/hr/votes', '/hr/votes/'), width: 1280 },
  { name: 'ballot', path: (page) => ballot(page), width: 768, full: true },
  { name: 'attendance', path: (page) => first(page, '/desk/', '/attendance'), width: 768, as: coordination },
];

/** Opens the page `from`, then the first link on it whose address contains `part`. */
async function first(page, from, part) {
  await page.goto(from);
  await page.goto(await page.locator(`main a[href*="${part}"]`).first().getAttribute('href'));
}

/** Opens the page `from`, then the last such link. */
async function last(page, from, part) {
  await page.goto(from);
  await page.goto(await page.locator(`main a[href*="${part}"]`).last().getAttribute('href'));
}

/** Opens the ballot of the vote that is held now. */
async function ballot(page) {
  await first(page, '/hr/votes', '/hr/votes/');
  await page.goto(await page.locator('main a[href$="/ballot"]').first().getAttribute('href'));
}

/** Opens what moving something to Sunday noon would change and ask, on the first day to come that has a session. */
async function move(page) {
  const day = (n) => new Date(Date.now() + n * 86_400_000).toISOString().slice(0, 10);
  const sunday = 7 - new Date().getDay();
  for (let n = 1; n < 12; n++) {
    await page.goto(`/desk/?date=${day(n)}`);
    const block = page.locator('.bk[data-id]:has(a[href*="/sessions/"])').first();
    if (!(await block.count())) continue;
    await page.goto(`/desk/bookings/${await block.getAttribute('data-id')}/move?date=${day(sunday)}&from=12:00&to=13:30`);
    return;
  }
  throw new Error('no session to come');
}

/** Opens the poster of the first centre. */
async function poster(page) {
  await first(page, '/hr/centres', '/hr/centres/');
  await page.goto(await page.locator('main a[href*="/poster"]').first().getAttribute('href'));
}

const only = process.argv.slice(2);
const dir = join(root, 'docs', 'img');
mkdirSync(dir, { recursive: true });
const server = await start();
const browser = await launch();
let failed = 0;
for (const p of pictures.filter(({ name }) => !only.length || only.includes(name))) {
  const page = await pageAt(browser, server.url, p.width, { colorScheme: p.dark ? 'dark' : 'light', locale: 'hr' });
  try {
    if (p.as) await signIn(page, server, p.as);
    if (typeof p.path === 'string') await page.goto(p.path);
    else await p.path(page);
    await page.evaluate(() => document.fonts.ready);
    await page.screenshot({ path: join(dir, `${p.name}.png`), fullPage: Boolean(p.full) });
    console.log(`docs/img/${p.name}.png`);
  } catch (err) {
    failed++;
    console.error(`${p.name}: ${err.message}`);
  }
  await page.context().close();
}
await browser.close();
await server.stop();
process.exit(failed ? 1 : 0);
