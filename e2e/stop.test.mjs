// Work that takes long is stopped while it runs: what is done by then stands, and going on makes the rest.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { assertGoodPage, launch, noJS, pageAt, signIn, start } from './lib.mjs';

let server, browser;
before(async () => {
  server = await start();
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

const day = (ahead) => new Date(Date.now() + ahead * 86_400_000).toISOString().slice(0, 10);
const main = (page) => page.locator('main');
const press = async (page, words) => {
  await main(page).locator('button, a.btn').filter({ hasText: words }).first().click();
  const sure = page.locator('main button[name=sure], main form:has(input[name=sure]) button').first();
  if (await sure.count()) await sure.click();
};

/** Reloads the page until it is as asked, 20 s at most; without JavaScript a person does the same, or waits for its Refresh. */
const reloadUntil = async (page, there) => {
  for (const until = Date.now() + 20_000; !(await there()) && Date.now() < until;) {
    await page.waitForTimeout(250);
    await page.reload();
  }
  assert.ok(await there(), await main(page).innerText());
};

// A wish list of many hours, over half a year, takes the program some seconds: long enough to press.
test('the bookings of a season are stopped while they are made, and go on', async () => {
  const page = await noJS(browser, server.url, 320, { locale: 'hr' });
  await signIn(page, server, 'koordinacija.sesnaestica');
  const weeks = 26;
  const first = new Date(Date.now() + 230 * 86_400_000);
  first.setUTCDate(first.getUTCDate() + (8 - first.getUTCDay()) % 7); // a Monday
  await page.goto('/desk/season/new');
  await page.fill('[name=name]', 'Pola godine');
  await page.fill('[name=from]', first.toISOString().slice(0, 10));
  await page.fill('[name=to]', new Date(first.getTime() + (7 * weeks - 1) * 86_400_000).toISOString().slice(0, 10));
  await page.fill('[name=until]', day(100));
  await press(page, 'Spremite');
  await press(page, 'Otvorite želje');
  const season = new URL(page.url()).pathname;

  const organisations = (await main(page).locator('#f-organisation option').allInnerTexts()).map((name) => name.trim()).filter(Boolean);
  const rows = ['Velika soba', 'Radionica', 'Kuhinja', 'Mala soba'].flatMap((room, i) => ['pon', 'uto', 'sri', 'čet', 'pet'].flatMap((weekday) =>
    [10, 12, 14, 16].map((hour) => `"${organisations[i]}";${room};${weekday};${hour}:00;${hour + 2}:00;0`)));
  await page.goto('/desk/season/import');
  await page.setInputFiles('input[type=file]', { name: 'zelje.csv', mimeType: 'text/csv',
    buffer: Buffer.from(`Organizacija;Prostor;Dan;Od;Do;Članovi\n${rows.join('\n')}\n`) });
  await page.click('main form[enctype] button');
  const confirm = page.locator('form[action$="/import/confirm"] button');
  await reloadUntil(page, () => confirm.count());
  await confirm.click();
  await reloadUntil(page, async () => !(await page.locator('main progress').count()) && !(await confirm.count()));
  await page.goto(season);
  await press(page, 'Izračunaj');
  const slots = await main(page).locator('#template a').count();
  await press(page, 'Objavite');
  await press(page, 'Upišite rezervacije');

  const sum = async () => (await main(page).locator('#bookings .tag').allInnerTexts()).reduce((n, words) => n + Number(words.match(/: (\d+)$/)[1]), 0);
  // The page is asked for without being drawn: a quick machine is done with half a year in a few seconds.
  let stop;
  for (const until = Date.now() + 20_000; !stop && Date.now() < until;) {
    const html = await (await page.request.get(season)).text();
    const made = [...html.matchAll(/: (\d+)<\/span>/g)].reduce((n, [, some]) => n + Number(some), 0);
    stop = made > 0 && html.match(/action="([^"]+\/stop)"/)?.[1];
  }
  assert.ok(stop, 'the work can be stopped while it goes on');
  const stopped = await page.request.post(stop, { form: {}, maxRedirects: 0, headers: { origin: server.url } });
  assert.equal(stopped.status(), 303);
  await page.goto(season);
  await reloadUntil(page, async () => !(await page.locator('main progress').count()));
  assert.match(await main(page).locator('#bookings').innerText(), /Zaustavljeno\./);
  const stand = await sum();
  assert.ok(stand > 0 && stand < weeks * slots, `${stand} stand`);
  assert.equal(stand % slots, 0, 'weeks are whole');

  await press(page, 'Pokušajte ponovno');
  await page.goto(season);
  await reloadUntil(page, async () => !(await page.locator('main progress').count()));
  assert.equal(await sum(), weeks * slots, 'the rest is made, and nothing twice');
  assert.doesNotMatch(await main(page).locator('#bookings').innerText(), /Zaustavljeno/);
  await page.context().close();
});

// Reminders of a hundred are written quicker than a page is drawn: both forms are sent by the browser without drawing the pages between.
test('the sending of reminders is stopped', async () => {
  const page = await pageAt(browser, server.url, 320, { locale: 'hr' });
  await signIn(page, server, 'koordinacija.vestigium');
  await page.goto('/desk/programme/new');
  await page.fill('[name=title-hr]', 'Šetnja cijelog kvarta');
  await page.check('[name=place_kind][value=outdoors]');
  await page.fill('[name=place-hr]', 'ispred ulaza');
  await page.check('[name=repeat][value=once]');
  await page.fill('[name=date]', day(20));
  await page.fill('[name=from]', '10:00');
  await page.fill('[name=to]', '12:00');
  await page.locator('main form button.btn:not(.quiet)').last().click();
  for (const keep of await page.locator('input[value=keep]').all()) await keep.check(); // a holiday
  if (await page.locator('input[value=keep]').count()) await page.locator('main form button.btn:not(.quiet)').first().click();
  await page.waitForURL(/\/desk\/programme$/);
  await main(page).locator('a').filter({ hasText: 'Šetnja cijelog kvarta' }).first().click();
  const session = await main(page).locator('a[href^="/desk/sessions/"]').first().getAttribute('href');
  const sheets = 2;
  for (let sheet = 0; sheet < sheets; sheet++) {
    await page.goto(`${session}/paper`);
    await page.fill('textarea[name=names]', Array.from({ length: 60 }, (_, i) => `Papir ${sheet} ime ${i}`).join('\n'));
    await page.fill('[name=date]', day(-1));
    await page.locator('main form[action$="/paper"] button').last().click();
    await page.waitForURL((url) => url.pathname === session);
  }
  const form = main(page).locator('form[action$="/remind"]');
  const fields = Object.fromEntries(await form.locator('input[name]').evaluateAll((list) => list.map((x) => [x.name, x.value])));
  const send = (path, form) => page.request.post(path, { form, maxRedirects: 0, headers: { origin: server.url } });
  const begun = await send(await form.getAttribute('action'), { ...fields, sure: '1' });
  const sending = begun.headers().location;
  const stopped = await send(`${sending}/stop`, {});
  assert.deepEqual([begun.status(), stopped.status()], [303, 303]);
  await page.goto(sending);
  await page.locator('main:not(:has(progress))').waitFor({ timeout: 15_000 });
  assert.equal(await page.locator('h1').innerText(), 'Slanje je zaustavljeno');
  const [, done, total] = (await main(page).locator('[role=status]').innerText()).match(/(\d+)\D+(\d+)/);
  assert.equal(Number(total), 60 * sheets);
  assert.ok(Number(done) < Number(total), `${done} of ${total}`);
  await assertGoodPage(page);
  await page.context().close();
});
