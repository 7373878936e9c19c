// A request for premises of a local committee: prepared, sent, granted, used in the programme, renewed. The same by form
// alone, with JavaScript and without.
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

const day = (days) => {
  const d = new Date();
  d.setDate(d.getDate() + days);
  return d.toLocaleDateString('sv', { timeZone: 'Europe/Zagreb' });
};

for (const [way, open, width] of inWays([['with JavaScript, on a phone', pageAt, 320], ['without JavaScript', noJS, 1280]])) {
  test(`a request from its preparation to its renewal, ${way}`, async () => {
    const page = await open(browser, server.url, width, { locale: 'hr' });
    const check = async () => {
      page.heard = page.heard?.filter((line) => !line.includes('422')); // a form that comes back with its faults
      if (open === pageAt) await assertGoodPage(page, { dark: false });
    };
    const place = `Dom susjedstva, ${way}`;
    await signIn(page, server, 'koordinacija.sesnaestica');
    await page.goto('/desk/centre');
    await page.getByRole('link', { name: 'Prostori mjesne samouprave' }).first().click();
    await page.getByRole('link', { name: 'Novi zahtjev' }).click();

    // half of it is forgotten: what was typed stays
    await page.getByLabel('Prostor', { exact: false }).first().fill(place);
    await page.locator('form.stack.narrow').evaluate((form) => { form.noValidate = true; });
    await page.getByRole('button', { name: 'Spremite i zbrojite' }).click();
    assert.equal(await page.locator('#faults').count(), 1);
    await check();
    assert.equal(await page.locator('[name=place]').inputValue(), place);

    await page.locator('[name=area]').selectOption({ label: 'Voltino' });
    await page.locator('[name="weekday-1"]').selectOption({ label: 'četvrtak' });
    await page.locator('[name="from-1"]').fill('18:00');
    await page.locator('[name="to-1"]').fill('20:00');
    await page.locator('[name=kind]').fill('susjedski zbor');
    await page.locator('[name=members]').fill('41');
    await page.locator('[name=volunteers]').fill('8');
    await page.locator('[name=activities]').first().check();
    await page.getByRole('button', { name: 'Spremite i zbrojite' }).click();
    await page.waitForURL(/premises\/[0-9a-f-]{36}$/);
    await check();
    const copied = await page.locator('.copy').innerText();
    for (const want of ['Voltino', 'četvrtak 18.00–20.00', 'susjedski zbor', '41', 'održan']) assert.ok(copied.includes(want), `no ${want} in ${copied}`);
    const field = page.locator('.copy dd', { hasText: 'susjedski zbor' });
    await field.click();
    if (open === pageAt) assert.equal(await page.evaluate(() => getSelection().toString().trim()), 'susjedski zbor'); // one press selects a field
    const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: 'Preuzmite kao tekst' }).click()]);
    assert.match(file.suggestedFilename(), /^dom-susjedstva.*\.txt$/);

    await page.locator('[name=reference]').fill('KLASA 402-08');
    await page.getByRole('button', { name: 'Poslano je' }).click();
    assert.ok((await page.locator('main').innerText()).includes('KLASA 402-08'));

    // more than a year is not taken
    await page.getByLabel('Odobreno', { exact: true }).check();
    await page.locator('[name=valid_from]').fill(day(0));
    await page.locator('[name=valid_to]').fill(day(400));
    await page.getByRole('button', { name: 'Upišite odgovor' }).click();
    assert.equal(await page.locator('#e-valid_to').count(), 1);
    await page.locator('[name=valid_to]').fill(day(300));
    await page.locator('[name=renew_on]').fill(day(0));
    await page.getByRole('button', { name: 'Upišite odgovor' }).click();
    await page.locator('.tag.ok', { hasText: 'odobreno' }).waitFor();
    await check();

    await page.getByRole('link', { name: 'Nova aktivnost, četvrtak 18.00–20.00' }).click();
    assert.equal(await page.locator('[name="place-hr"]').inputValue(), place);
    assert.equal(await page.locator('[name=place_kind]:checked').inputValue(), 'address');

    // the renewal waits on the list, one press prepares the next
    await page.goto('/desk/');
    await page.locator('.todo > li', { hasText: place }).getByRole('button', { name: 'Pripremite sljedeći' }).click();
    await page.waitForURL(/premises\/[0-9a-f-]{36}$/);
    assert.ok((await page.locator('.copy').innerText()).includes('susjedski zbor'));
    await page.goto('/desk/');
    assert.equal(await page.locator('.todo > li', { hasText: place }).count(), 0);
    await page.context().close();
  });
}

test('the lead sees all requests and says where they are made', async () => {
  const page = await pageAt(browser, server.url, 320, { locale: 'nb' });
  await signIn(page, server, 'voditeljstvo.mreze');
  await page.goto('/desk/network/premises');
  assert.ok((await page.locator('table').first().innerText()).includes('MO Ciglenica'));
  await page.locator('[name=link]').fill('https://grad.example/prostori');
  await page.locator('form.narrow button.btn').click();
  await assertGoodPage(page, { dark: false });
  assert.equal(await page.locator('[name=link]').inputValue(), 'https://grad.example/prostori');
  await page.context().close();
});
