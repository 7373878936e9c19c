// A booking that repeats, with and without JavaScript: clashes solved date by date, the following moved, a lost date taken
// back; two who edit one activity; a season carried over.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { assertGoodPage, inWays, launch, noJS, pageAt, signIn, start, tooWide } from './lib.mjs';

let server, browser;
before(async () => {
  server = await start();
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

/** The local date so many days from today. */
const day = (n) => new Date(Date.now() + n * 86_400_000).toISOString().slice(0, 10);

async function bookSeries(page, title, from, first) {
  await page.goto('/desk/bookings/new?repeat=weekly');
  await page.fill('[name=title]', title);
  await page.selectOption('[name=space]', { index: 1 });
  await page.fill('[name=date]', first);
  await page.fill('[name=from]', from);
  await page.fill('[name=to]', from.replace(':00', ':40'));
  await page.check('[name=repeat][value=weekly]');
  await page.fill('[name=count]', '3');
  await page.click('main form button.btn:not(.quiet)');
  const outside = page.locator('[name=outside]'); // asked once for hours at which the centre is not open
  if (await outside.count()) {
    page.heard = [];
    await outside.check();
    await page.click('main form button.btn:not(.quiet)');
  }
}

for (const [how, open, hour, ahead] of inWays([['with JavaScript', pageAt, '06:00', 60], ['without JavaScript', noJS, '05:00', 60]])) {
  test(`a series of bookings ${how}`, async () => {
    const page = await open(browser, server.url, 320);
    await signIn(page, server, 'coordinator');
    await bookSeries(page, 'Prva proba', hour, day(ahead));
    assert.match(page.url(), /\/desk\/series\/[0-9a-f-]{36}/);
    assert.equal(await page.locator('tbody tr').count(), 3);
    if (open === pageAt) await assertGoodPage(page); // axe needs JavaScript

    await bookSeries(page, 'Druga proba', hour, day(ahead + 7));
    assert.equal(await page.locator('fieldset[id^="f-solve-"]').count(), 2, 'two of three dates are taken');
    assert.match(await page.textContent('.clashes'), /Prva proba/);
    assert.deepEqual(await tooWide(page), []);
    if (open === pageAt) for (const box of await page.locator('fieldset[id^="f-solve-"]').all()) await box.locator('input[value=skip]').check();
    else await page.check('[name=same][value=skip]'); // one choice for both
    await page.click('main form button.btn:not(.quiet)');
    assert.equal(await page.locator('tbody tr').count(), 1);

    page.heard = []; // the page of clashes answers 422
    // the second is offered the dates when the first gives them up
    await page.goto('/desk/series');
    if (open === pageAt) await assertGoodPage(page); // axe needs JavaScript
    await page.click('tbody a:has-text("Prva proba")');
    await page.locator('tbody tr').nth(1).locator('a.btn').click();
    if (open === pageAt) await assertGoodPage(page); // axe needs JavaScript
    await page.check('form[action$="/cancel"] input[value=following]');
    if (how === 'with JavaScript') {
      await page.click('form[action$="/cancel"] button');
      const yes = page.locator('dialog[open] button.danger');
      await yes.click();
    } else {
      await page.click('form[action$="/cancel"] button');
      assert.match(await page.textContent('h1'), /2/);
      await page.click('form.ask button.danger');
    }
    await page.waitForURL(/\/desk\/series\/[0-9a-f-]{36}(\?.*)?$/); // answered: not the page of the date any more
    await page.goto('/desk/series');
    const offer = page.locator('#lost li', { hasText: 'Druga proba' }).first();
    await offer.locator('button', { hasText: 'Vratite datum' }).click();
    await page.check('[name=agreed]'); // an hour at which the centre is not open: taking it back asks as booking it did
    page.heard = []; // the question answers 422
    if (open === pageAt) await assertGoodPage(page);
    await page.click('main form button.btn:not(.quiet)');
    await page.waitForURL(/\/desk\/series$/);
    await page.click('tbody a:has-text("Druga proba")');
    assert.equal(await page.locator('tbody tr').count(), 2);
    await page.context().close();
  });
}

test('a date whose equipment is short stands among those that clash, and is skipped', async () => {
  const page = await noJS(browser, server.url, 320);
  await signIn(page, server, 'coordinator');
  await page.goto('/desk/equipment');
  await page.fill('[name=name-hr]', 'Platno za projekciju');
  await page.fill('[name=quantity]', '1');
  await page.locator('main form button.btn').last().click();
  await page.locator('td', { hasText: 'Platno za projekciju' }).waitFor();

  const send = () => page.click('main form button.btn:not(.quiet)');
  const fill = async (title, space, date, series) => {
    await page.goto(`/desk/bookings/new${series ? '?repeat=weekly' : ''}`);
    await page.fill('[name=title]', title);
    await page.selectOption('[name=space]', { index: space });
    await page.fill('[name=date]', date);
    await page.fill('[name=from]', '04:00');
    await page.fill('[name=to]', '04:40');
    await page.getByLabel('Platno za projekciju').fill('1');
    if (series) {
      await page.check('[name=repeat][value=weekly]');
      await page.fill('[name=count]', '3');
    }
    await send();
    const outside = page.locator('[name=outside], [name=anyway]'); // an hour at which the centre is not open
    if (await outside.count()) {
      await outside.check();
      await send();
    }
  };
  await fill('Film u drugoj sobi', 2, day(67), false);
  await page.waitForURL(/\/desk\/rooms/);
  await fill('Filmski klub', 1, day(60), true);
  assert.equal(await page.locator('fieldset[id^="f-solve-"]').count(), 1, 'the room is free on all three, the screen on two');
  assert.match(await page.textContent('.clashes'), /Platno za projekciju/);
  assert.deepEqual(await tooWide(page), []);
  await page.check('fieldset[id^="f-solve-"] input[value=skip]');
  await send();
  await page.waitForURL(/\/desk\/series\/[0-9a-f-]{36}/);
  assert.equal(await page.locator('tbody tr').count(), 2);
  await page.context().close();
});

test('two editors of one activity', async () => {
  const one = await noJS(browser, server.url, 320);
  const two = await pageAt(browser, server.url, 320);
  await signIn(one, server, 'coordinator');
  await signIn(two, server, 'coordinator');
  await one.goto('/desk/programme');
  const address = await one.locator('tbody a').first().getAttribute('href');
  await one.goto(address);
  await two.goto(address);
  await one.fill('[name=title-hr]', 'Naslov prvoga');
  await one.click('main form button:has-text("Spremite")');
  await two.fill('[name=title-hr]', 'Naslov drugoga');
  await two.click('main form button:has-text("Spremite")');
  assert.match(await two.textContent('fieldset.boxed'), /Naslov prvoga[\s\S]*Naslov drugoga/);
  await two.check('[name=pick-title-hr][value=mine]');
  await two.click('main form button.btn:not(.quiet)');
  await two.waitForURL(new RegExp(address));
  assert.match(await two.textContent('h1'), /Naslov drugoga/);
  await one.context().close();
  await two.context().close();
});

test('a season becomes drafts', async () => {
  const page = await pageAt(browser, server.url, 320);
  await signIn(page, server, 'coordinator');
  await page.goto('/desk/programme/copy');
  await assertGoodPage(page);
  await page.fill('[name=from]', day(-70));
  await page.fill('[name=to]', day(-50));
  await page.fill('[name=start]', day(70));
  await page.click('main form button.btn');
  const settled = async (selector) => {
    for (let i = 0; i < 60 && !(await page.locator(selector).count()); i++) { await sleep(200); await page.reload(); }
  };
  await settled('form[action$="/confirm"]');
  await assertGoodPage(page);
  await page.click('form[action$="/confirm"] button.btn');
  await settled('form[action$="/publish"]');
  await assertGoodPage(page);
  assert.ok(await page.locator('section.card h2 a').count() > 1);
  await page.locator('section.card h2 a').first().click();
  assert.match(await page.textContent('.hero'), /nacrt/);
  await page.context().close();
});
