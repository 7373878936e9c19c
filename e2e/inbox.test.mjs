// What staff do with messages: the key is opened, a message is taken in person, the person's code is shown once, a thread is
// answered, noted, handed over in danger and closed. The same by form alone, without JavaScript.
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

for (const [way, open, width, lang] of inWays([['with JavaScript, on a phone', pageAt, 320, 'hr'], ['without JavaScript', noJS, 1280, 'hr']])) {
  test(`a message from the door to its end, ${way}`, async () => {
    const page = await open(browser, server.url, width, { locale: lang });
    const check = async () => {
      page.heard = page.heard?.filter((line) => !line.includes('422')); // a form that comes back with its faults
      if (open === pageAt) await assertGoodPage(page, { dark: false });
    };
    const word = `Riječi s vrata, ${way}`;
    const who = await signIn(page, server, 'podrska.sesnaestica');
    await page.goto('/desk/messages');
    if (await page.locator('main input[name=passphrase]').count()) { // a passkey, or a locked screen, leaves the key closed
      await page.locator('main input[name=passphrase]').fill(who.passphrase);
      await page.getByRole('button', { name: 'Otvorite' }).click();
    }
    await page.locator('h1', { hasText: 'Poruke' }).waitFor();
    await check();
    assert.ok(!(await page.locator('.todo').innerText()).includes('dobacuju'), 'the list shows what was written');

    await page.getByRole('link', { name: 'Zapišite poruku' }).click();
    await check();
    await page.locator('main form').evaluate((form) => { form.noValidate = true; });
    await page.locator('[name=name]').evaluate((field) => { field.closest('details').open = true; });
    await page.locator('[name=name]').fill('Vjeran');
    await page.getByRole('button', { name: 'Zapečatite poruku' }).click();
    assert.equal(await page.locator('#e-text').count(), 1);
    assert.equal(await page.locator('[name=name]').inputValue(), 'Vjeran');
    await check();
    await page.locator('[name=text]').fill(word);
    await page.getByRole('button', { name: 'Zapečatite poruku' }).click();
    const code = (await page.locator('.slip .digits').innerText()).trim();
    assert.match(code, /^(\d{6} ){6}\d{6}$/);
    await check();
    await page.emulateMedia({ media: 'print' });
    const printed = await page.locator('body').innerText();
    await page.emulateMedia({ media: 'screen' });
    assert.ok(printed.includes(code) && printed.includes('/hr/contact'));
    for (const telling of ['Šesnaestica', 'Poruk', 'podršk']) assert.ok(!printed.includes(telling), `the paper says ${telling}`);
    await page.reload().catch(() => {});

    await page.goto('/desk/messages');
    const row = page.locator('.todo > li', { hasText: 'čeka kraće od sata' }).last();
    assert.equal(await row.locator('b', { hasText: 'Vjeran' }).isVisible(), false); // shared screens
    await row.locator('summary').click();
    assert.equal(await row.locator('b', { hasText: 'Vjeran' }).isVisible(), true);
    await row.locator('a').first().click();
    await page.waitForURL(/thread\/[0-9a-f-]{36}$/);
    const thread = page.url();
    assert.ok((await page.locator('main').innerText()).includes(word));
    await check();

    await page.locator('#answer-text').fill('Dobro da ste došli.');
    await page.getByRole('button', { name: 'Pošaljite odgovor' }).click();
    await page.locator('.said', { hasText: 'Dobro da ste došli.' }).waitFor();
    assert.equal(await page.locator('input[name=notice]').count(), 0); // no mail server here: it is not offered
    await page.locator('summary', { hasText: 'Bilješka za tim' }).click();
    await page.locator('#note-text').fill('Pitati za školu.');
    await page.getByRole('button', { name: 'Spremite bilješku' }).click();
    await page.locator('.card.warm', { hasText: 'Pitati za školu.' }).waitFor();
    await page.locator('summary', { hasText: 'Dodajte datoteku' }).click();
    await page.locator('#file-file').setInputFiles({ name: 'adrese.txt', mimeType: 'text/plain', buffer: Buffer.from('Ulica 1') });
    await page.getByRole('button', { name: 'Dodajte datoteku' }).click();
    const [file] = await Promise.all([page.waitForEvent('download'), page.locator('a[download]').click()]);
    assert.equal(file.suggestedFilename(), 'adrese.txt');

    await page.getByLabel('Netko je u neposrednoj opasnosti').check();
    await page.locator('form[action$="/flags"] button').click();
    await page.locator('h2', { hasText: 'Neposredna opasnost' }).waitFor();
    await check();
    await page.locator('summary', { hasText: 'Predajte dalje' }).click();
    await page.locator('#f-first').selectOption({ index: 1 });
    await page.locator('form[action$="/assign"]').last().evaluate((form) => { form.noValidate = true; });
    await page.getByRole('button', { name: 'Predajte', exact: true }).click();
    assert.equal(await page.locator('#faults').count(), 1); // to two
    await check();
    await page.locator('#f-second').selectOption({ index: 2 });
    await page.getByRole('button', { name: 'Predajte', exact: true }).click();
    await page.locator('.tag', { hasText: 'kod:' }).first().waitFor();

    await page.locator('summary', { hasText: 'Zatvorite razgovor' }).click();
    await page.getByLabel('pomoć je dobivena').check();
    await page.getByRole('button', { name: 'Zatvorite', exact: true }).click();
    await page.locator('.tag', { hasText: 'zatvoreno' }).waitFor();
    await page.goto('/desk/messages?state=closed');
    await page.locator('.tag', { hasText: 'pomoć je dobivena' }).first().waitFor();
    await check();

    for (const address of [`${thread}/code`, `${thread}/link`, '/desk/messages/access']) {
      await page.goto(address);
      await check();
    }
    await page.context().close();
  });
}

test('other languages, and a screen that was locked', async () => {
  for (const lang of ['en', 'nb']) {
    const page = await pageAt(browser, server.url, 320, { locale: lang });
    const who = await signIn(page, server, 'podrska.sesnaestica');
    for (const address of [`/desk/messages?lang=${lang}`, '/desk/messages/new', '/desk/messages/access']) {
      await page.goto(address);
      await assertGoodPage(page, { lang, dark: false });
    }
    await page.goto('/desk/messages');
    await page.locator('.todo a').first().click();
    await page.waitForURL(/thread/);
    await assertGoodPage(page, { lang, dark: false });
    await page.locator('#answer-text').fill(`a word that waits, ${lang}`);
    // the screen is locked elsewhere in this browser: the key is closed, and what was typed is carried
    await page.request.post('/desk/lock', { headers: { Origin: server.url } });
    await page.locator('form[action$="/answer"] button').click();
    page.heard = page.heard?.filter((line) => !line.includes('401'));
    await page.locator('[name=_passphrase]').fill(who.passphrase);
    await page.locator('main form button').first().click();
    await page.locator('.said', { hasText: `a word that waits, ${lang}` }).waitFor();
    await page.context().close();
  }
});
