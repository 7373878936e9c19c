// Changes told once, reminders sent by hand, a friend registered, an SMS wished for, a photo with its consent: with
// JavaScript and without.
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

const ways = [['with JavaScript', pageAt], ['without JavaScript', noJS]];

/** Presses a button and says yes where it is asked, in a dialog or on a page. */
async function press(page, button) {
  await Promise.all([page.waitForEvent('load', { timeout: 10_000 }).catch(() => {}), (async () => {
    await button.click();
    const yes = page.locator('dialog[open] button.btn').first();
    if (await yes.isVisible().catch(() => false)) await yes.click();
  })()]);
  const again = page.locator('form.ask button');
  if (await again.count()) await again.click();
}

/** A form that came back: the browser notes its status 422, and nothing else is wrong. */
async function assertComesBack(page, look) {
  const heard = page.heard.splice(0);
  assert.ok(heard.every((h) => /status of 422/.test(h)), heard.join('\n'));
  await look(page);
}

const pixel = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';

for (const [way, open] of inWays(ways)) {
  const look = open === pageAt ? assertGoodPage : async () => {}; // a page is the same, looked at once
  test(`a friend and an SMS, a reminder by hand, a session called off: ${way}`, async () => {
    const page = await open(browser, server.url, 320, { locale: 'hr' });
    const ahead = new Date(Date.now() + 8 * 86_400_000).toISOString().slice(0, 10);
    await page.goto(`/hr/programme?free=1&centre=sesnaestica&from=${ahead}`);
    await page.locator('.session:has(.places.free) h3 a').first().click();
    const session = new URL(page.url()).pathname.split('/').pop();
    await page.locator('#register [name=name]').fill('Susjeda 🎉 مرحبا');
    await page.locator('#register [name=phone]').fill('nula devet');
    await page.locator('#register [name=by_sms]').check();
    await page.locator('#register details.more > summary').click();
    await page.locator('#register [name=friend_email]').fill('prijateljica@primjer.example');
    await page.locator('#register > button').click();
    await page.locator('#faults').waitFor();
    await assertComesBack(page, look);
    assert.equal(await page.locator('#register [name=friend_email]').inputValue(), 'prijateljica@primjer.example', 'nothing typed is lost');
    await page.locator('#register [name=phone]').fill('091 234 5678');
    await page.locator('#register [name=friend_name]').fill('Prijateljica');
    await page.locator('#register > button').click();
    await page.waitForURL(/\/registrations\//);
    await look(page);
    assert.equal(await page.locator('p.link').count(), 2, 'a link for each of them');

    const desk = await open(browser, server.url, 1280, { locale: 'hr' });
    await signIn(desk, server, /koordinacija.sesnaestica/);
    await desk.goto(`/desk/sessions/${session}`);
    await press(desk, desk.locator(`form[action$="/${session}/remind"] button`));
    await desk.waitForURL(/\/desk\/reminders\//);
    await desk.locator('main:not(:has(progress))').waitFor({ timeout: 15_000 });
    assert.match(await desk.locator('h1').innerText(), /poslani/);
    await look(desk);

    await desk.goto(`/desk/sessions/${session}`);
    await desk.locator('aside > details.more > summary').click();
    await press(desk, desk.locator(`form[action$="/${session}/cancel"] button.danger`));
    await desk.goto('/hr/demo/mail');
    await look(desk);
    const sms = desk.locator('section:has(h2:text-is("SMS"))');
    const told = await sms.allInnerTexts();
    assert.ok(told.some((t) => /Otkazan je termin/.test(t)), told.join('\n'));
    assert.ok(!told.some((t) => /Podsjetnik/.test(t)), 'a reminder of what is called off was taken back');
    await page.context().close();
    await desk.context().close();
  });

  test(`a photo is published with consent and goes with it: ${way}`, async () => {
    const desk = await open(browser, server.url, 320, { locale: 'hr' });
    await signIn(desk, server, /koordinacija.vestigium/);
    await desk.goto('/desk/programme');
    await desk.locator('table a').first().click();
    const activity = new URL(desk.url()).pathname.split('/').pop();
    await desk.locator('a[href$="/materials"]').click();
    await desk.setInputFiles('#f-file', { name: 'x.svg', mimeType: 'image/svg+xml', buffer: Buffer.from('<svg onload="alert(1)"/>') });
    await desk.fill('#f-words-hr', 'Stol s kolačima');
    await desk.click('form[enctype] button');
    await desk.locator('#e-file').waitFor();
    await assertComesBack(desk, look);
    assert.equal(await desk.inputValue('#f-words-hr'), 'Stol s kolačima');
    await desk.setInputFiles('#f-file', { name: 'x.png', mimeType: 'image/png', buffer: Buffer.from(pixel, 'base64') });
    await desk.click('form[enctype] button');
    await desk.locator('.materials .tag.warn').waitFor();
    await look(desk);
    await desk.goto(`/hr/programme/${activity}`);
    assert.equal(await desk.locator('figure img').count(), 0, 'not published yet');
    await desk.goto(`/desk/programme/${activity}/materials`);
    const card = desk.locator('.materials > li').first();
    await card.locator('input[value=all]').check();
    await card.locator('input[name=how]').fill('usmeno na početku');
    await card.locator('form[action$="/consent"] button').click();
    await desk.goto(`/hr/programme/${activity}`);
    const address = await desk.locator('figure img').first().getAttribute('src');
    assert.equal(await desk.locator('figure img').first().getAttribute('alt'), 'Stol s kolačima');
    await look(desk);
    await desk.goto(`/desk/programme/${activity}/materials`);
    await press(desk, desk.locator('.materials > li').first().locator('form[action$="/remove"] button'));
    await desk.waitForURL(/materials$/);
    assert.equal((await desk.request.get(address)).status(), 404, 'it is gone at once');
    await desk.goto(`/hr/programme/${activity}`);
    assert.ok(!(await desk.content()).includes(address));
    await desk.context().close();
  });
}
