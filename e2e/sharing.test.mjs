// A room shared between organisations: a member finds one and asks, the centre answers with a reason, the member reads it.
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

const day = (n) => new Date(Date.now() + n * 86_400_000).toISOString().slice(0, 10);

for (const [way, open, width, date] of [['with JavaScript', pageAt, 1280, day(17)], ['without JavaScript, on a phone', noJS, 320, day(18)]]) {
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
