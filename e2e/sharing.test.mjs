// A room shared between organisations: a member finds one and asks, the centre answers with a reason, the member reads it.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { assertGoodPage, inWays, launch, noJS, pageAt, signIn, start } from './lib.mjs';

let server, browser;
before(async () => {
  server = await start();
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

const day = (n) => new Date(Date.now() + n * 86_400_000).toISOString().slice(0, 10);

for (const [way, open, width, date] of inWays([['with JavaScript', pageAt, 1280, day(17)], ['without JavaScript, on a phone', noJS, 320, day(18)]])) {
  test(`a member asks for a room and reads why not, ${way}`, async () => {
    const check = async (page) => { if (open === pageAt) await assertGoodPage(page); };
    const member = await open(browser, server.url, width, { locale: 'hr' });
    await signIn(member, server, 'member');
    await check(member);
    await member.locator('main a[href="/desk/find"]').first().click();
    await member.locator('[name=date]').fill(date);
    await member.locator('[name=from]').fill('20:00');
    await member.locator('[name=to]').fill('21:30');
    await member.locator('[name=people]').fill('10');
    await member.locator('main form button.btn').click();
    await check(member);
    await member.locator('#found .card', { hasText: 'Šesnaestica' }).getByRole('link', { name: 'Radionica' }).click();
    await check(member);
    await member.locator('[name=title]').fill(`Večer ${way}`);
    await member.getByRole('button', { name: 'Pošaljite upit' }).click();
    await member.waitForURL(/\/desk\/asked\/./);
    await check(member);
    const asked = member.url();
    assert.match(await member.locator('main').innerText(), /čeka odgovor/);

    const office = await open(browser, server.url, width, { locale: 'hr' });
    await signIn(office, server, 'koordinacija.sesnaestica');
    await office.goto('/desk/requests');
    await check(office);
    await office.getByRole('link', { name: `Večer ${way}` }).click();
    await check(office);
    await office.locator('details summary', { hasText: 'Ovaj put ne' }).click();
    await office.getByRole('button', { name: 'Pošaljite odgovor' }).click();
    await office.locator('#e-reason').waitFor();
    office.heard = []; // the answer 422 is heard
    await check(office);
    await office.locator('[name=reason]').fill('Tada se boje zidovi.');
    await office.getByRole('button', { name: 'Pošaljite odgovor' }).click();
    await office.waitForURL(/\/desk\/requests\/./);
    assert.match(await office.locator('main').innerText(), /ovaj put ne/);

    await member.goto(asked);
    assert.match(await member.locator('main').innerText(), /Tada se boje zidovi\./);
    await check(member);
    await member.context().close();
    await office.context().close();
  });
}

test('the centre says who decides, what each may hold and what a room costs', async () => {
  const page = await pageAt(browser, server.url, 320, { locale: 'hr' });
  await signIn(page, server, 'koordinacija.vestigium');
  for (const path of ['/desk/sharing', '/desk/usage', '/desk/prices']) {
    await page.goto(path);
    await assertGoodPage(page);
    await page.locator('main a[href^="/desk/rooms/"], main table a').first().click();
    await page.waitForLoadState();
    await assertGoodPage(page);
  }
});

test('the owner’s member answers with one press', async () => {
  const page = await noJS(browser, server.url, 320, { locale: 'hr' });
  await signIn(page, server, 'member');
  await page.locator('#decide a').click();
  await page.locator('.session h3 a').first().click();
  await page.getByRole('button', { name: 'Odobrite' }).click();
  assert.match(await page.locator('main').innerText(), /odobreno/);
});

/** The first Wednesday from n days on: centres are open, and no sample activity goes so far ahead. */
const wednesday = (n) => {
  const d = new Date(Date.now() + n * 86_400_000);
  while (d.getUTCDay() !== 3) d.setUTCDate(d.getUTCDate() + 1);
  return d.toISOString().slice(0, 10);
};

/** Sends the booking form, and says that outside the opening hours is meant where it is asked. */
async function book(page) {
  await page.locator('main form[action="/desk/bookings/new"] button.btn:not(.quiet)').first().click();
  if (await page.locator('[name=anyway]:not(:checked)').count()) {
    await page.locator('[name=anyway]').check();
    await page.locator('main form[action="/desk/bookings/new"] button.btn:not(.quiet)').first().click();
  }
}

test('who waits for a room that is taken is offered it when it is freed, and takes it', async () => {
  const date = wednesday(50);
  const office = await noJS(browser, server.url, 1280, { locale: 'hr' });
  await signIn(office, server, 'koordinacija.vestigium');
  await office.goto('/desk/bookings/new');
  await office.locator('[name=title]').fill('Snimanje');
  await office.locator('[name=space]').selectOption({ label: 'Dvorana' });
  await office.locator('[name=date]').fill(date);
  await office.locator('[name=from]').fill('18:00');
  await office.locator('[name=to]').fill('19:00');
  await book(office);
  await office.goto(`/desk/rooms?date=${date}`);
  const taken = await office.locator('main a[href^="/desk/bookings/"]', { hasText: 'Snimanje' }).first().getAttribute('href');

  const member = await pageAt(browser, server.url, 320, { locale: 'hr' });
  await signIn(member, server, 'member');
  await member.goto(`/desk/find?date=${date}&from=18:00&to=19:00&people=9`);
  await member.locator('#found .card', { hasText: 'Vestigium' }).getByRole('link', { name: 'Dvorana', exact: true }).click();
  await member.locator('#instead').waitFor(); // before anything is sent
  await assertGoodPage(member);
  await member.locator('[name=title]').fill('Filmska večer');
  await member.locator('button[formaction="/desk/waits"]').click();
  await member.locator('#waits').waitFor();
  assert.equal(await member.locator('#waits form[action$="/take"]').count(), 0);
  await assertGoodPage(member);

  await office.goto(taken);
  await office.locator(`form[action="${taken}/cancel"] button`).click();
  await office.locator('main form button.btn').first().click(); // asked once
  await office.waitForURL(/\/desk\/rooms/);

  await member.goto('/desk/asked');
  await assertGoodPage(member);
  await member.locator('#waits form[action$="/take"] button').click();
  await member.waitForURL(/\/desk\/asked\/./);
  assert.match(await member.locator('h1').innerText(), /Filmska večer/);
  assert.match(await member.locator('main').innerText(), /čeka odgovor/);

  // What is held for the request is answered there: no press at the desk could only be refused.
  await office.goto(`/desk/rooms?date=${date}`);
  await office.locator('main a[href^="/desk/bookings/"]', { hasText: 'Filmska večer' }).first().click();
  assert.equal(await office.locator('form[action$="/confirm"]').count(), 0);
  await member.context().close();
  await office.context().close();
});

test('over a limit an organisation reads why not, and the centre passes it with a reason', async () => {
  const date = wednesday(57);
  const member = await pageAt(browser, server.url, 320, { locale: 'hr' });
  await signIn(member, server, 'member');
  await member.goto(`/desk/find?date=${date}&from=08:00&to=21:00&people=9`);
  await member.locator('#found .card', { hasText: 'Šesnaestica' }).getByRole('link', { name: 'Radionica' }).click();
  await member.locator('[name=title]').fill('Cijeli dan');
  await member.locator('form[action="/desk/ask"] button.btn').first().click();
  await member.locator('.summary').waitFor();
  assert.match(await member.locator('.summary').innerText(), /jedna organizacija može imati/);
  assert.equal(await member.locator('[name=title]').inputValue(), 'Cijeli dan');
  member.heard = []; // the refusal is heard
  await assertGoodPage(member);

  const office = await noJS(browser, server.url, 320, { locale: 'hr' });
  await signIn(office, server, 'koordinacija.sesnaestica');
  await office.goto('/desk/bookings/new');
  await office.locator('[name=title]').fill('Cijeli dan');
  await office.locator('[name=space]').selectOption({ label: 'Radionica' });
  await office.locator('[name=date]').fill(date);
  await office.locator('[name=from]').fill('08:00');
  await office.locator('[name=to]').fill('21:00');
  const guest = await office.locator('[name=organisation] option', { hasText: 'Zajednički put' }).first().getAttribute('value');
  await office.locator('[name=organisation]').selectOption(guest);
  await book(office);
  await office.locator('[name=exceed]').fill('Dogovoreno za Noć muzeja.');
  await book(office);
  await office.goto(`/desk/rooms?date=${date}`);
  assert.equal(await office.locator('main a[href^="/desk/bookings/"]', { hasText: 'Cijeli dan' }).count() > 0, true);
  await member.context().close();
  await office.context().close();
});

test('the invoice list is a workbook that downloads', async () => {
  const page = await pageAt(browser, server.url, 1280, { locale: 'hr' });
  await signIn(page, server, 'koordinacija.vestigium');
  await page.goto('/desk/prices');
  const [file] = await Promise.all([page.waitForEvent('download'), page.locator('a[href*="list.xlsx"]').click()]);
  assert.match(file.suggestedFilename(), /\.xlsx$/);
  const { readFile } = await import('node:fs/promises');
  const bytes = await readFile(await file.path());
  assert.equal(bytes.subarray(0, 2).toString(), 'PK');
  await page.context().close();
});
