// A vote from its making at the desk to a ballot in the box: with JavaScript on a phone, without, and by keyboard only; the
// result of one that is over; a ballot read out on the phone and typed in at the desk.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { assertGoodPage, inWays, languages, launch, noJS, pageAt, signIn, start } from './lib.mjs';

let server, browser;
before(async () => {
  server = await start();
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

const openVote = 'Susjedski fond: što radimo na proljeće';

/** Codes of a sheet that the coordinator prints. */
async function codes(n) {
  const page = await noJS(browser, server.url, 1280, { locale: 'hr' });
  await signIn(page, server, 'koordinacija.sesnaestica');
  await page.goto('/desk/votes');
  await page.getByRole('link', { name: openVote }).click();
  await page.locator('[name=codes]').fill(String(n));
  await page.getByRole('button', { name: 'Napravite kodove', exact: true }).click();
  const list = (await page.locator('.code').allInnerTexts()).map((s) => s.trim());
  assert.equal(list.length, n);
  await page.context().close();
  return list;
}

for (const [way, open, width] of inWays([['with JavaScript, on a phone', pageAt, 320], ['without JavaScript', noJS, 1280]])) {
  test(`a ballot from the front page to its receipt, ${way}`, async () => {
    const [code] = await codes(1);
    const page = await open(browser, server.url, width, { locale: 'hr' });
    const check = async () => {
      page.heard = page.heard?.filter((line) => !/4(22|09)/.test(line)); // a form that comes back with its faults
      if (open === pageAt) await assertGoodPage(page, { dark: false });
    };
    await page.goto('/hr/');
    await page.getByRole('link', { name: openVote }).click();
    await check();
    await page.getByRole('link', { name: 'Otvorite listić' }).click();
    await check();
    if (open === pageAt) assert.match(await page.locator('[data-count]').innerText(), /Odabrano: 0 · treba još: 1/);
    else assert.equal(await page.locator('[data-count]').isVisible(), false);
    await page.getByLabel('Zajednički vrt iza centra').check();
    await page.getByLabel('Društvene igre četvrtkom').check();
    if (open === pageAt) assert.equal(await page.locator('[data-count]').innerText(), 'Odabrano: 2');

    // a digit is wrong: what was ticked stays
    await page.locator('[name=code]').fill(code.slice(0, -1) + ((+code.at(-1) + 1) % 10));
    await page.getByRole('button', { name: 'Pregledajte listić' }).click();
    assert.equal(await page.locator('#e-code').count(), 1);
    assert.equal(await page.locator('[name=choice]:checked').count(), 2);
    await check();
    await page.locator('[name=code]').fill(code.replaceAll('0', 'O').replaceAll(' ', ''));
    await page.getByRole('button', { name: 'Pregledajte listić' }).click();
    assert.match(await page.locator('main').innerText(), /Podržavate 2 prijedloga/);
    await check();
    await page.getByRole('button', { name: 'Vratite se na listić' }).click();
    assert.equal(await page.locator('[name=choice]:checked').count(), 2);
    await page.getByRole('button', { name: 'Pregledajte listić' }).click();
    if (open === pageAt) await page.getByRole('button', { name: 'Pošaljite glas' }).dblclick(); // two presses
    else {
      // the answer is lost on its way, and the page is sent again
      const form = Object.fromEntries(await page.locator('main form input').evaluateAll((all) => all.filter((i) => i.name !== 'choice').map((i) => [i.name, i.value])));
      const choice = await page.locator('main form input[name=choice]').evaluateAll((all) => all.map((i) => i.value));
      const body = new URLSearchParams([...Object.entries(form), ...choice.map((id) => ['choice', id]), ['step', 'send']]).toString();
      const lost = await page.request.post(page.url(), { data: body, headers: { 'Content-Type': 'application/x-www-form-urlencoded' } });
      assert.equal(lost.status(), 200);
      await page.getByRole('button', { name: 'Pošaljite glas' }).click();
      assert.match(await page.locator('main').innerText(), /Ovaj je obrazac već bio poslan/);
      const [, told] = (await lost.text()).match(/<strong>(\d{4} \d{4} \d{4})<\/strong>/);
      assert.equal(await page.locator('.code').innerText(), told);
    }
    await page.locator('.code').waitFor();
    assert.match(await page.locator('.code').innerText(), /^\d{4} \d{4} \d{4}$/);
    await check();
    assert.equal((await page.context().cookies()).length, 0);

    // the same code again
    await page.getByRole('link', { name: 'Natrag na glasanje' }).click();
    await page.getByRole('link', { name: 'Otvorite listić' }).click();
    await page.getByLabel('Popravljaonica bicikala').check();
    await page.locator('[name=code]').fill(code);
    await page.getByRole('button', { name: 'Pregledajte listić' }).click();
    assert.match(await page.locator('.summary').innerText(), /već je glasano/);
    await check();
    await page.context().close();
  });
}

test('a draft is kept in the browser for who asks, without the code, and goes with the ballot', async () => {
  const [code] = await codes(1);
  const page = await pageAt(browser, server.url, 320, { locale: 'hr' });
  const kept = () => page.evaluate(() => JSON.stringify(localStorage));
  const open = async () => {
    await page.goto('/hr/votes');
    await page.getByRole('link', { name: openVote }).click();
    await page.getByRole('link', { name: 'Otvorite listić' }).click();
    await page.locator('[data-draft]').waitFor();
  };
  await open();
  await page.getByLabel('Zajednički vrt iza centra').check();
  await page.locator('[name=code]').fill(code);
  assert.equal(await kept(), '{}');
  const keep = page.getByRole('button', { name: 'Sačuvajte nacrt' });
  await keep.focus();
  await page.keyboard.press('Enter');
  assert.match(await page.locator('[data-draft-said]').innerText(), /sačuvan/);
  await page.getByLabel('Društvene igre četvrtkom').check();
  assert.equal((await kept()).includes(code), false);
  await assertGoodPage(page, { dark: false });
  await open();
  assert.equal(await page.locator('[name=choice]:checked').count(), 2);
  assert.equal(await page.locator('[data-count]').innerText(), 'Odabrano: 2');
  await page.getByRole('button', { name: 'Izbrišite nacrt' }).click();
  assert.equal(await kept(), '{}');
  await page.getByRole('button', { name: 'Sačuvajte nacrt' }).click();
  assert.notEqual(await kept(), '{}');
  await page.locator('[name=code]').fill(code);
  await page.getByRole('button', { name: 'Pregledajte listić' }).click();
  await page.getByRole('button', { name: 'Pošaljite glas' }).click();
  await page.locator('.code').waitFor();
  assert.equal(await kept(), '{}');
  await open();
  assert.equal(await page.locator('[name=choice]:checked').count(), 0);
  await page.context().close();
});

test('a ballot by keyboard only', async () => {
  const [code] = await codes(1);
  const page = await pageAt(browser, server.url, 1280, { locale: 'hr' });
  await page.goto('/hr/votes');
  await page.getByRole('link', { name: openVote }).focus();
  await page.keyboard.press('Enter');
  const open = page.getByRole('link', { name: 'Otvorite listić' });
  await open.waitFor();
  const to = async (selector) => {
    for (let i = 0; i < 60; i++) {
      await page.keyboard.press('Tab');
      if (await page.evaluate((s) => document.activeElement.matches(s), selector)) return;
    }
    assert.fail(`${selector} is not reached by Tab`);
  };
  await to('a.btn[href$="/ballot"]');
  await page.keyboard.press('Enter');
  await page.locator('[name=choice]').first().waitFor();
  await to('[name=choice]');
  await page.keyboard.press('Space');
  await to('[name=code]');
  await page.keyboard.type(code);
  await to('button[value=review]');
  await page.keyboard.press('Enter');
  await page.locator('button[value=send]').waitFor();
  await to('button[value=send]');
  await page.keyboard.press('Enter');
  assert.match(await page.locator('.code').innerText(), /^\d{4} \d{4} \d{4}$/);
  await page.context().close();
});

test('the list to tick off, the paper ballot and a receipt, by keyboard and without JavaScript', async () => {
  const page = await noJS(browser, server.url, 1280, { locale: 'hr' });
  const press = async (locator) => {
    await locator.focus();
    await page.keyboard.press('Enter');
  };
  await signIn(page, server, 'koordinacija.sesnaestica');
  await page.goto('/desk/votes');
  await press(page.getByRole('link', { name: 'Popis za kvačice' }).first());
  await page.locator('h1', { hasText: 'Popis za kvačice' }).waitFor();
  assert.match(await page.locator('main').innerText(), /Što reći na pultu/);
  assert.ok((await page.locator('tbody tr').count()) >= 30);
  const list = await page.request.get(await page.locator('a[href$="ticks.pdf"]').getAttribute('href'));
  assert.equal((await list.body()).subarray(0, 5).toString(), '%PDF-');
  await page.goto('/hr/votes');
  await press(page.getByRole('link', { name: openVote }));
  await press(page.getByRole('link', { name: 'Listić velikim slovima' }));
  await page.getByText('Kôd s papirića:').waitFor();
  await page.goto('/hr/votes');
  await press(page.locator('.plain-list a').last());
  await page.locator('article').first().waitFor();
  assert.match(await page.locator('main').innerText(), /kvart vote glasanje\.pb --rule equal-shares .* --seed \d+/);
  await press(page.getByRole('link', { name: 'Je li moj listić prebrojen?' }));
  const number = await page.locator('.chips li').first().innerText();
  await page.locator('[name=number]').focus();
  await page.keyboard.type(number.replaceAll('0', 'O'));
  await page.keyboard.press('Enter');
  assert.match(await page.locator('.flash').innerText(), /je prebrojen/);
  await page.context().close();

  const wide = await pageAt(browser, server.url, 320, { locale: 'hr' });
  await signIn(wide, server, 'koordinacija.sesnaestica');
  await wide.goto('/desk/votes');
  await wide.getByRole('link', { name: 'Popis za kvačice' }).first().click();
  await assertGoodPage(wide, { dark: false });
  await wide.context().close();
});

test('a link by mail leads to a ballot, once', async () => {
  const page = await noJS(browser, server.url, 1280, { locale: 'hr' });
  await page.goto('/hr/votes');
  await page.getByRole('link', { name: openVote }).click();
  await page.locator('[name=email]').fill('netko@example.org');
  await page.getByRole('button', { name: 'Pošaljite mi poveznicu' }).click();
  assert.match(await page.locator('.flash').first().innerText(), /poveznica stiže/);
  await page.goto('/hr/demo/mail');
  const link = (await page.content()).match(/\/hr\/votes\/[0-9a-f-]+\/ballot\?k=[\w-]+/)[0];
  await page.goto(link);
  assert.equal(await page.locator('[name=code]').count(), 0);
  await page.locator('[name=choice]').first().check();
  await page.getByRole('button', { name: 'Pregledajte listić' }).click();
  await page.getByRole('button', { name: 'Pošaljite glas' }).click();
  assert.equal(await page.locator('.code').count(), 1);
  await page.context().close();
});

test('the result says for each option who paid what, in three languages', async () => {
  for (const lang of languages) {
    const page = await pageAt(browser, server.url, 320, { locale: lang });
    await page.goto(`/${lang}/votes`);
    await assertGoodPage(page, { lang });
    await page.locator('.plain-list a').last().click();
    await page.locator('article svg').first().waitFor();
    await assertGoodPage(page, { lang });
    assert.equal(await page.locator('article').count(), 6);
    const [file] = await Promise.all([page.waitForEvent('download'), page.locator('a[href$="ballots.pb"]').click()]);
    assert.match(file.suggestedFilename(), /\.pb$/);
    await page.goto(`${new URL(page.url()).pathname}/receipts`);
    await assertGoodPage(page, { lang, dark: false });
    await page.context().close();
  }
});

for (const [way, open] of inWays([['with JavaScript, on a phone', pageAt], ['without JavaScript, by keyboard', noJS]])) test(`a vote is made at the desk, announced and typed into, ${way}`, async () => {
  const page = await open(browser, server.url, open === noJS ? 1280 : 320, { locale: 'hr' });
  const check = async () => {
    page.heard = page.heard?.filter((line) => !/4(22|09)/.test(line));
    if (open === pageAt) await assertGoodPage(page, { dark: false });
  };
  const press = async (locator) => {
    if (open === pageAt) return locator.click();
    await locator.focus();
    await page.keyboard.press('Enter');
  };
  const tick = async (locator) => {
    if (open === pageAt) return locator.check();
    await locator.focus();
    await page.keyboard.press('Space');
  };
  await signIn(page, server, 'koordinacija.sesnaestica');
  await page.goto('/desk/votes');
  await check();
  await press(page.getByRole('link', { name: 'Novo glasanje' }));
  await check();
  await page.locator('form.narrow').evaluate((form) => { form.noValidate = true; });
  await page.locator('[name="title-hr"]').fill('Tko dobiva dvoranu vikendom');
  await press(page.getByRole('button', { name: 'Spremite' }));
  await page.locator('.fault').first().waitFor();
  assert.ok((await page.locator('.fault').count()) > 2);
  assert.equal(await page.locator('[name="title-hr"]').inputValue(), 'Tko dobiva dvoranu vikendom');
  await check();
  const day = (n) => new Date(Date.now() + n * 864e5).toLocaleDateString('sv', { timeZone: 'Europe/Zagreb' });
  await tick(page.getByLabel('sati prostora', { exact: true }));
  await page.locator('[name=budget]').fill('10');
  await page.locator('[name=opens_day]').fill(day(-1));
  await page.locator('[name=closes_day]').fill(day(7));
  await page.locator('[name="who-hr"]').fill('Svi iz kvarta.');
  await press(page.getByRole('button', { name: 'Spremite' }));
  for (const [title, cost] of [['Zbor', '4'], ['Stolni tenis', '6']]) {
    await press(page.getByRole('link', { name: 'Dodajte prijedlog' }));
    await check();
    await page.locator('[name="title-hr"]').fill(title);
    await page.locator('[name=cost]').fill(cost);
    await press(page.getByRole('button', { name: 'Spremite' }));
  }
  await check();
  await press(page.getByRole('button', { name: 'Najavite glasanje' }));
  if (open === pageAt) await page.locator('dialog .btn.danger').click();
  else await press(page.locator('main button[name=sure], main form:has(input[name=sure]) button').first());
  await page.getByText('Glasanje je najavljeno.').waitFor();
  await check();
  await page.locator('[name=codes]').fill('2');
  await press(page.getByRole('button', { name: 'Napravite kodove', exact: true }));
  const code = (await page.locator('.code').first().innerText()).trim();
  await check();
  await press(page.getByRole('link', { name: 'Natrag' }));
  await press(page.getByRole('link', { name: 'Upišite listić' }));
  await check();
  await tick(page.getByRole('radio', { name: /Papirnati listić/ }));
  await tick(page.getByRole('checkbox', { name: /Zbor/ }));
  await page.locator('[name=code]').fill(code);
  await press(page.getByRole('button', { name: 'Pregledajte listić' }));
  await press(page.getByRole('button', { name: 'Pošaljite glas' }));
  await page.getByRole('link', { name: 'Sljedeći listić' }).waitFor();
  await check();
  await page.context().close();
});
