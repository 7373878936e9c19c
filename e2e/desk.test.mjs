// Every page of the desk that a coordinator reaches by links: the same demands as on the public pages.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { assertGoodPage, crawl, languages, launch, noJS, pageAt, root, short, signIn, start } from './lib.mjs';

let server, browser;
before(async () => {
  server = await start();
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

// Not a page: a file to keep, something to print, another language of the same page.
const noPage = /\.(ics|pdf|png|svg|xlsx|csv|json|pb)(\?|$)|\/(sign-out|export|poster)|[?&]lang=/;

test('sign-in page', async () => {
  const page = await pageAt(browser, server.url, 320);
  assert.equal((await page.goto('/desk/sign-in')).status(), 200);
  await assertGoodPage(page);
  await page.context().close();
});

// Who walks, in which language, how wide; the last ones not in a short run. Vestigium has turned on what a small centre
// never meets: waiting for a room, prices, the division of a season.
const walks = [
  ['koordinacija.sesnaestica', 'hr', 320],
  ['koordinacija.vestigium', 'en', 1280],
  ['clan.organizacije', 'nb', 320],
  ...short ? [] : [
    ['koordinacija.sesnaestica', 'hr', 1280],
    ['koordinacija.vestigium', 'nb', 320],
    ['dezurstvo.sesnaestica', 'en', 320],
    ['voditeljstvo.mreze', 'hr', 320],
  ],
];

for (const [who, lang, width] of walks) {
  test(`the desk of ${who} in ${lang} at ${width} px`, async (t) => {
    const page = await pageAt(browser, server.url, width, { locale: lang });
    await signIn(page, server, new RegExp(`^${who}$`));
    await page.goto(`/desk/?lang=${lang}`);
    await crawl(page, ['/desk/'], { within: '/desk/', skip: noPage, perKind: 1 }, async (page, path, links) => {
      let found = [];
      await t.test(path, async () => {
        const response = await page.goto(path);
        assert.equal(response.status(), 200, path);
        found = await links();
        const told = new URL(path, server.url).searchParams.get('in'); // a script to be read out in another language, or a group
        await assertGoodPage(page, { lang: languages.includes(told) ? told : lang, dark: width === 320 });
      });
      return found;
    });
    await page.context().close();
  });
}

/** Sends a file made of text on the page and waits until it has been looked at. */
async function send(page, address, name, text) {
  await page.goto(address);
  await page.setInputFiles('input[type=file]', { name, mimeType: 'text/plain', buffer: Buffer.from(text) });
  await page.click('main form[enctype] button');
  await done(page);
}

/** Waits while a page says that work is under way; it asks anew by itself. */
const done = (page) => page.locator('main:not(:has(progress))').waitFor({ timeout: 60_000 });

test('a network is sent: first with a fault, then mended, without JavaScript', async () => {
  const address = '/desk/network/import';
  const good = (await readFile(join(root, 'docs/examples/network.yaml'), 'utf8')).replace('phone: 01 000 0001', 'phone: 01 000 0099');
  const line = good.slice(0, good.indexOf('zone: Europe/Zagreb')).split('\n').length;

  const page = await noJS(browser, server.url, 1280, { locale: 'hr' });
  await signIn(page, server, /^lead|vodstvo/i);
  await page.goto('/desk/network');
  await page.click(`a[href="${address}"]`);
  await send(page, address, 'mreza.yaml', good.replace('zone: Europe/Zagreb', 'zone: Europe/Zagrab'));
  const fault = await page.locator('main table tbody tr').innerText();
  assert.match(fault, new RegExp(`\\b${line}\\. redak`), fault);
  assert.match(fault, /network\.zone/);
  assert.match(fault, /Piše se kao Europe\/Zagreb/);
  assert.equal(await page.locator(`form[action="${address}/confirm"]`).count(), 0);

  await send(page, address, 'mreza.yaml', good);
  assert.equal(await page.locator('main table tbody tr').count(), 1);
  await page.click(`form[action="${address}/confirm"] button`);
  await done(page);
  assert.match(await page.locator('main h1').innerText(), /Uvezeno/);

  await send(page, address, 'mreza.yaml', good);
  assert.equal(await page.locator(`form[action="${address}/confirm"]`).count(), 0);
  assert.match(await page.locator('main h1').innerText(), /već je ovdje/);
  await page.context().close();
});

test('a calendar with 3,000 events shows how far it is and can be stopped', async () => {
  const address = '/desk/programme/import';
  const hour = 3_600_000;
  const from = Math.ceil(Date.now() / hour) * hour + 48 * hour;
  const stamp = (t) => new Date(t).toISOString().replace(/[-:]|\.\d+/g, '');
  const events = Array.from({ length: 3000 }, (_, i) => ['BEGIN:VEVENT', `UID:long-${i}@test`, 'DTSTAMP:20260101T000000Z', `DTSTART:${stamp(from + i * hour)}`,
    `DTEND:${stamp(from + (i + 1) * hour)}`, `SUMMARY:Dugi popis ${i}`, 'LOCATION:Vani', 'END:VEVENT'].join('\r\n'));
  const file = ['BEGIN:VCALENDAR', 'VERSION:2.0', 'PRODID:-//test//test//EN', ...events, 'END:VCALENDAR', ''].join('\r\n');

  const page = await pageAt(browser, server.url, 320, { locale: 'hr' });
  await signIn(page, server, /coordinator|koordinacija/i);
  await page.goto(address);
  await page.setInputFiles('input[type=file]', { name: 'dugo.ics', mimeType: 'text/calendar', buffer: Buffer.from(file) });
  await page.click('main form[enctype] button');
  await page.locator('main progress').waitFor();
  await assertGoodPage(page);
  await done(page);
  await assertGoodPage(page);
  await page.click(`form[action="${address}/confirm"] button`);
  await page.locator('main progress[max]').waitFor({ timeout: 20_000 });
  await page.click(`form[action="${address}/stop"] button`);
  await done(page);
  assert.match(await page.locator('main h1').innerText(), /zaustavljen/);
  const taken = Number((await page.locator('main .tag').first().innerText()).match(/novo: (\d+)/)?.[1]);
  assert.ok(taken > 0 && taken < 6000, `${taken} activities and dates after a stop`);
  const shown = page.url();
  await page.goto(address);
  await page.click('main a:text("dugo.ics")');
  assert.equal(page.url(), shown, 'what came of it is found again');
  await page.context().close();
});
