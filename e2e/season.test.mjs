// A season from its making to its bookings at the desk, without JavaScript; an organisation's own wishes; and the demands on its pages.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { assertGoodPage, binary, launch, noJS, pageAt, signIn, start } from './lib.mjs';

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

test('a season from its rules to its bookings, without JavaScript', async () => {
  const page = await noJS(browser, server.url, 320, { locale: 'hr' });
  await signIn(page, server, /coordinator|koordinacija/i);
  await page.goto('/desk/season/new');
  await page.fill('[name=name]', 'Proba');
  await page.fill('[name=from]', day(200));
  await page.fill('[name=to]', day(213));
  await page.fill('[name=until]', day(220));
  await press(page, 'Spremite');
  assert.match(await main(page).locator('[role=alert]').innerText(), /prije prvog dana/);
  assert.equal(await page.inputValue('[name=name]'), 'Proba', 'what was typed is kept');
  await page.fill('[name=until]', day(100));
  await press(page, 'Spremite');
  await press(page, 'Otvorite želje');
  const season = new URL(page.url()).pathname;
  assert.match(await main(page).innerText(), /upis želja je otvoren/);

  // Two organisations wish for the same time.
  for (const label of ['K-zona', 'Vestigium']) {
    await page.goto(season);
    const value = await main(page).locator('#f-organisation option').filter({ hasText: label }).first().getAttribute('value');
    await page.goto(`${season}/members?organisation=${value}`);
    await page.selectOption('[name=weekday]', '3');
    await page.fill('[name=start]', '18:00');
    await page.fill('[name=end]', '20:00');
    await main(page).locator('[name=space]').first().check();
    await press(page, 'Dodajte želju');
    assert.match(await main(page).locator('#wishes').innerText(), /srijeda 18/);
  }
  await page.goto(season);
  await press(page, 'Izračunaj');
  assert.match(await main(page).locator('#unmet').innerText(), /prostor je tada već bio dodijeljen|\(1\)/);

  // Each edit has a reason.
  await main(page).locator('#template a').first().click();
  await page.fill('[name=start]', '17:00');
  await page.fill('[name=end]', '19:00');
  await page.fill('[name=reason]', 'Dogovor s kućom');
  await press(page, 'Spremite');
  assert.match(await main(page).locator('#edits').innerText(), /Dogovor s kućom/);
  await press(page, 'Objavite');
  await press(page, 'Upišite rezervacije');
  await main(page).locator('#bookings .tag').first().waitFor({ timeout: 15_000 });
  for (let i = 0; i < 20 && await main(page).locator('progress').count(); i++) {
    await page.waitForTimeout(500);
    await page.goto(season);
  }
  assert.match(await main(page).locator('#bookings').innerText(), /upisano: 2/);

  // Anybody recounts it from the document.
  const id = season.split('/').pop();
  const document = await page.request.get(`/seasons/${id}/document`);
  assert.equal(document.status(), 200);
  const folder = await mkdtemp(join(tmpdir(), 'kvart-season-'));
  try {
    const file = join(folder, 'season.json');
    await writeFile(file, await document.body());
    assert.match(execFileSync(binary(), ['season', 'recount', file]).toString(), /^equal: Proba, 2 organisations, 2 wishes, 1 met, 1 edits/);
  } finally {
    await rm(folder, { recursive: true });
  }
  await page.context().close();
});

test('a wish list with faults is looked at first', async () => {
  const page = await pageAt(browser, server.url, 320, { locale: 'hr' });
  await signIn(page, server, 'koordinacija.vestigium');
  await page.goto('/desk/season/import');
  await assertGoodPage(page);
  await page.setInputFiles('input[type=file]', { name: 'zelje.csv', mimeType: 'text/csv',
    buffer: Buffer.from('Organizacija;Prostor;Dan;Od;Do;Članovi\nVestigium;Dvorana;pon;18:00;19:00;0\nVestigium;Podrum;pon;18:00;19:00;0\n') });
  await page.click('main form[enctype] button');
  await page.locator('main:not(:has(progress)) table').waitFor({ timeout: 20_000 });
  assert.match(await main(page).innerText(), /3B[\s\S]*Podrum/);
  await assertGoodPage(page);
  await page.context().close();
});

test('an organisation enters its own wishes', async () => {
  const page = await pageAt(browser, server.url, 320, { locale: 'hr' });
  await signIn(page, server, /member/i);
  await page.goto('/desk/wishes');
  await assertGoodPage(page);
  await main(page).locator('h2 a').filter({ hasText: 'Vestigium' }).click();
  await page.selectOption('[name=weekday]', '5');
  await page.fill('[name=start]', '10:00');
  await page.fill('[name=end]', '12:00');
  await press(page, 'Dodajte želju');
  const wishes = main(page).locator('#wishes li');
  const n = await wishes.count();
  assert.match(await wishes.last().innerText(), /petak 10.*bilo koji prostor/s);
  await wishes.last().locator('button').filter({ hasText: 'Pomaknite naviše' }).click();
  assert.match(await wishes.nth(n - 2).innerText(), /petak/);
  await assertGoodPage(page);
  // Of a season that is published it sees why a wish is not met.
  await page.goto('/desk/wishes');
  await main(page).locator('h2 a').filter({ hasText: 'Šesnaestica' }).last().click();
  assert.match(await main(page).innerText(), /prostor je tada već bio dodijeljen/);
  await assertGoodPage(page);
  await page.context().close();
});

for (const width of [320, 1280]) {
  test(`the season's pages at ${width} px`, async () => {
    const page = await pageAt(browser, server.url, width, { locale: 'hr' });
    for (const lang of ['hr', 'en', 'nb']) {
      await page.goto(`/${lang}/seasons`);
      await assertGoodPage(page, { lang, dark: false });
    }
    await main(page).locator('h2 a').filter({ hasText: 'Šesnaestica' }).last().click();
    await assertGoodPage(page);
    await signIn(page, server, /coordinator|koordinacija/i);
    for (const path of ['/desk/season', '/desk/season/new']) {
      await page.goto(path);
      await assertGoodPage(page);
    }
    await page.goto('/desk/season');
    await main(page).locator('h2 a').last().click();
    await assertGoodPage(page);
    await page.context().close();
  });
}
