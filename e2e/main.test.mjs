// The main job, end to end, as people do it: a newcomer finds a session and registers, the coordinator plans, the desk
// takes a telephone call, the waiting list moves, attendance is counted. With JavaScript, without it, by keyboard only.
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

/** A date so many days from now as the browser's date fields take it, in the demo's zone. */
function day(ahead, weekday) {
  const t = new Date(Date.now() + ahead * 86_400_000);
  while (weekday !== undefined && t.getUTCDay() !== weekday) t.setTime(t.getTime() + 86_400_000);
  return t.toISOString().slice(0, 10);
}

/** Presses a button and, where the page asks again before it acts, says yes. */
async function press(page, button) {
  const before = page.url();
  await Promise.all([page.waitForEvent('load', { timeout: 10_000 }).catch(() => {}), (async () => {
    await button.click();
    const yes = page.locator('dialog[open] button.btn').first();
    if (await yes.isVisible().catch(() => false)) await yes.click();
  })()]);
  const again = page.locator('form.ask button'); // without JavaScript a page asks
  if (await again.count()) await again.click();
  return before;
}

/** Opens the first session of next week that has free places. */
async function openFree(page) {
  await page.goto(`/en/programme?free=1&from=${day(7)}`);
  await page.locator('.session:has(.places.free) h3 a').first().click();
  await page.locator('#register').waitFor();
}

for (const [way, open] of inWays(ways)) {
  test(`a newcomer finds a session, registers and gives the place back, ${way}`, async () => {
    const page = await open(browser, server.url, 320, { locale: 'en' });
    await page.goto('/');
    assert.match(new URL(page.url()).pathname, /^\/en\//);
    await page.goto('/en/programme');
    assert.ok(await page.locator('.session').count() > 10, 'the week is full of sessions');
    for (const lang of ['hr', 'nb', 'en']) {
      await page.goto(`/${lang}/programme`);
      assert.equal(await page.locator('html').getAttribute('lang'), lang);
    }
    const centres = page.locator('select[name=centre] option:not([value=""])');
    assert.equal(await centres.count(), 4, 'four centres to choose from');

    // each filter shows fewer, and all together still a list
    const all = await page.locator('.session').count();
    await page.locator('details.more > summary').first().click();
    await page.selectOption('select[name=centre]', { index: 1 });
    await page.locator('form.filters button').click();
    const name = (await page.locator('select[name=centre] option:checked').textContent()).trim();
    for (const where of await page.locator('.session .where').allTextContents()) assert.ok(where.includes(name), where);
    assert.ok(await page.locator('.session').count() < all);
    for (const query of ['for=0', 'for=a', 'for=b', 'free=1', `day=${day(1)}`]) {
      await page.goto(`/en/programme?${query}`);
      assert.ok(await page.locator('.session').count() <= all, query);
      assert.ok(!/elderly|older|young|lgbt/i.test(new URL(page.url()).search), 'the address names no group');
    }

    await openFree(page);
    const session = page.url();
    await page.locator('#register [name=name]').fill('Neighbour from number 7');
    await page.locator('#register button').click();
    await page.waitForURL(/\/en\/registrations\//);
    const link = page.url();
    assert.match(await page.locator('main').innerText(), /\/registrations\/[a-z2-7]{26}/, 'the link is on the page');

    // the link works in another browser, without an account
    const other = await open(browser, server.url, 320, { locale: 'en' });
    await other.goto(link);
    await press(other, other.locator('form[action$="/cancel"] button').first());
    await other.waitForLoadState();
    await other.goto(link);
    assert.equal(await other.locator('form[action$="/cancel"]').count(), 0, 'the place is given back');
    await other.context().close();

    // "just one person": nothing but the button
    await page.goto(session);
    await page.locator('#register button').click();
    await page.waitForURL(/\/en\/registrations\//);

    // the back button and a second press are one registration
    const first = page.url();
    await page.goBack();
    if (await page.locator('#register button').count()) {
      await page.locator('#register button').click();
      await page.waitForLoadState();
      assert.equal(page.url(), first, 'the same form sent twice leads to the same registration');
    }
    await page.context().close();
  });

  test(`what was typed stays when something is wrong, ${way}`, async () => {
    const page = await open(browser, server.url, 320, { locale: 'en' });
    await openFree(page);
    await page.locator('#register [name=name]').fill('Neighbour');
    await page.locator('#register [name=phone]').fill('abc');
    await page.locator('#register button').click();
    await page.locator('.summary[role=alert]').waitFor();
    assert.equal(await page.locator('[name=name]').inputValue(), 'Neighbour');
    assert.equal(await page.locator('[name=phone]').inputValue(), 'abc');
    assert.ok(await page.locator('.field.bad [name=phone]').count(), 'the field is named');
    page.heard = [];
    if (open === pageAt) await assertGoodPage(page, { lang: 'en' });
    await page.context().close();
  });

  test(`the coordinator plans a weekly activity and solves each date that clashes, ${way}`, async () => {
    const page = await open(browser, server.url, 1280, { locale: 'en' });
    await signIn(page, server, 'koordinacija.sesnaestica');
    await page.goto('/desk/programme/new');
    const title = `Proba ${way}`;
    const hour = open === noJS ? 10 : 12;
    await page.locator('[name=title-hr]').fill(title);
    // Tuesday evenings the big room belongs to the choir.
    const room = await page.locator('select[name=space] option').evaluateAll((list) =>
      list.find((o) => /velika soba|large room|storstua/i.test(o.textContent))?.value);
    assert.ok(room, 'the big room can be chosen');
    await page.selectOption('select[name=space]', room);
    await page.locator('[name=date]').fill(day(7, 2));
    await page.locator('[name=from]').fill('18:30');
    await page.locator('[name=to]').fill('19:30');
    await page.locator('[name=repeat][value=weekly]').check();
    await page.locator('[name=count]').fill('4');
    await page.locator('main form[action$="/new"] button.btn').first().click();

    const dates = page.locator('fieldset[id^="f-solve-"]');
    await dates.first().waitFor();
    assert.ok(await dates.count() >= 3, 'the dates that clash are listed');
    assert.match(await dates.first().innerText(), /Zbor|choir|kor/i, 'with what is in the way');
    assert.equal(await page.locator('input[type=hidden][name=title-hr]').getAttribute('value'), title, 'what was typed is kept');
    await dates.nth(0).locator('input[value=space]').check(); // another space
    await dates.nth(1).locator('input[value=time]').check(); // another time
    await dates.nth(1).locator('[name^=from-]').fill(`${hour}:00`);
    await dates.nth(1).locator('[name^=to-]').fill(`${hour + 1}:00`);
    for (let i = 2; i < await dates.count(); i++) await dates.nth(i).locator('input[value=skip]').check(); // leave out
    page.heard = [];
    await page.locator('main form button.btn:not(.quiet)').first().click();
    await page.waitForURL(/\/desk\/programme$/);
    await page.getByRole('link', { name: title }).first().click();
    await page.locator('h1').waitFor();
    assert.match(await page.locator('main').innerText(), new RegExp(`\\b${hour}[:.]00`), 'the moved date is there');
    await page.context().close();
  });
}

for (const [way, open] of inWays(ways)) {
  test(`a neighbour phones, somebody cancels, the waiting list moves, ${way}`, async () => {
    const page = await open(browser, server.url, 1280, { locale: 'en' });
    await signIn(page, server, 'koordinacija.sesnaestica');
    // the full dinner: the stop of the tour leads there
    await page.goto('/en/demo');
    await page.locator('form[action$="/demo/2"] button').click();
    await page.waitForURL(/\/desk\/sessions\//);
    const session = page.url();
    const rows = page.locator('ol.registrations > li');
    const states = async () => (await rows.locator('.tag').allTextContents()).map((t) => t.trim());
    const before = await states();
    const waiting = before.filter((t) => /waiting|čekanja|vent/i.test(t)).length;
    assert.ok(waiting > 0, `the session is full and people wait: ${before}`);

    const neighbour = `Susjeda na telefonu ${way}`;
    await page.locator('#register [name=channel][value=phone]').check();
    await page.locator('#register [name=name]').fill(neighbour);
    await page.locator('#register [name=phone]').fill('01 000 99 99');
    await page.locator('#register button.btn:not(.quiet)').click();
    await page.waitForLoadState();
    await page.goto(`${session}?names=1`);
    const last = rows.last();
    assert.ok((await last.innerText()).includes(neighbour), 'she is last in line');
    assert.equal((await states()).length, before.length + 1);

    // names are on the screen only after a press
    await page.goto(session);
    assert.ok(!(await page.locator('main').innerText()).includes(neighbour), 'no name before the press');

    // the first gives the place back; the first in line is offered it, nobody is skipped
    const taken = await page.locator('ol.registrations > li').count();
    await press(page, rows.first().locator('form[action$="/cancel"] button'));
    await page.waitForLoadState();
    await page.goto(session);
    assert.equal(await rows.count(), taken - 1);
    const after = await states();
    const offered = after.findIndex((t) => /offer|free place|slobodno mjesto|tilb|ledig/i.test(t));
    const stillWaiting = after.findIndex((t) => /waiting|čekanja|vent/i.test(t));
    assert.ok(offered >= 0 && (stillWaiting < 0 || offered < stillWaiting), `the first in line is offered the place: ${after}`);

    // who left only a telephone is on the call list; the desk confirms for her
    await page.goto('/desk/calls?names=1');
    const calls = page.locator('ol.registrations > li');
    assert.ok(await calls.count() > 0, 'the call list has somebody');
    const confirms = await page.locator('form[action$="/confirm"] button').count();
    await page.locator('form[action$="/confirm"] button').first().click();
    await page.waitForLoadState();
    assert.equal(await page.locator('form[action$="/confirm"] button').count(), confirms - 1, 'her place is certain now');
    await page.context().close();
  });

  test(`attendance: names by a press, others as a number, newcomers by name, ${way}`, async () => {
    const page = await open(browser, server.url, 1280, { locale: 'en' });
    await signIn(page, server, 'koordinacija.sesnaestica');
    await page.goto('/desk/totals');
    const total = async () => Number((await page.locator('td.num').last().innerText()).replace(/\D/g, ''));
    const before = await total();
    await page.goto('/en/demo');
    await page.locator('form[action$="/demo/4"] button').click();
    await page.waitForURL(/\/attendance/);
    const address = page.url();
    const began = Date.now();
    const reveal = page.locator('a[data-reveal]');
    if (await reveal.count()) await reveal.first().click();
    const boxes = page.locator('.names input[type=checkbox]');
    await boxes.first().waitFor({ state: 'attached' });
    const known = Math.min(4, await boxes.count());
    assert.ok(known > 0, 'last time’s names are there');
    for (const label of (await page.locator('.names label').all()).slice(0, known)) await label.click();
    await page.locator('[name=counted]').fill('5');
    await page.locator('[name=new]').fill('Prvi put');
    await page.locator('main form button.btn:not(.quiet)').last().click();
    await page.waitForLoadState();
    assert.ok(Date.now() - began < 60_000, 'in under a minute');
    await page.goto(address.replace(/\?.*/, ''));
    assert.match(await page.locator('p.total').innerText(), new RegExp(`${known + 6}.*${known + 1}.*5`), 'named and counted are told apart');
    await page.goto('/desk/totals');
    assert.equal(await total(), before + known + 6, 'the quarter’s total changed at once');
    await page.context().close();
  });
}

test('the person on duty works with today only', async () => {
  const page = await pageAt(browser, server.url, 320, { locale: 'en' });
  await signIn(page, server, 'dezurstvo.sesnaestica');
  await page.goto('/desk/');
  assert.equal(await page.locator('h1').count(), 1);
  await assertGoodPage(page);
  for (const closed of ['/desk/programme', '/desk/people', '/desk/totals', '/desk/network', '/desk/team/invite']) {
    const response = await page.goto(closed);
    assert.ok([403, 404, 405].includes(response.status()), `${closed} answers ${response.status()}`);
  }
  await page.context().close();
});

test('registering by keyboard only', async () => {
  const page = await pageAt(browser, server.url, 1280, { locale: 'en' });
  await page.goto(`/en/programme?free=1&from=${day(7)}`);
  const tabTo = async (isIt, what) => {
    for (let i = 0; i < 250; i++) {
      await page.keyboard.press('Tab');
      if (await page.evaluate(isIt)) {
        const seen = await page.evaluate(() => {
          const s = getComputedStyle(document.activeElement);
          return s.outlineStyle !== 'none' || s.boxShadow !== 'none';
        });
        assert.ok(seen, `${what}: where the keyboard is can be seen`);
        return;
      }
    }
    assert.fail(`the keyboard does not reach ${what}`);
  };
  await page.keyboard.press('Tab');
  assert.ok(await page.evaluate(() => document.activeElement.classList.contains('skip')), 'first comes the way past the menu');
  await tabTo(() => document.activeElement.matches('.session:has(.places.free) h3 a'), 'a session');
  await page.keyboard.press('Enter');
  await page.locator('#register').waitFor();
  await tabTo(() => document.activeElement.matches('#register [name=name]'), 'the name');
  await page.keyboard.type('Neighbour by keyboard');
  await tabTo(() => document.activeElement.matches('#register button'), 'the button');
  await page.keyboard.press('Enter');
  await page.waitForURL(/\/en\/registrations\//);
  await page.context().close();
});

for (const [way, open] of inWays(ways)) {
  test(`a neighbour sees all her registrations behind a link in a mail, ${way}`, async () => {
    const page = await open(browser, server.url, 320, { locale: 'en' });
    const email = open === noJS ? 'two@example.org' : 'one@example.org';
    for (let i = 0; i < 2; i += 1) {
      await page.goto(`/en/programme?free=1&from=${day(7)}`);
      await page.locator('.session:has(.places.free) h3 a').nth(i).click();
      await page.locator('#register [name=email]').fill(email);
      await page.locator('#register button').click();
      await page.waitForURL(/\/en\/registrations\//);
    }
    await page.goto('/en/');
    await page.locator('footer a[href="/en/mine"]').click();
    if (open === pageAt) await assertGoodPage(page, { lang: 'en' });
    await page.locator('[name=email]').fill(email);
    await page.locator('main form button').click();
    await page.getByRole('status').waitFor();
    if (open === pageAt) await assertGoodPage(page, { lang: 'en' });

    await page.goto('/en/demo/mail');
    if (open === pageAt) await assertGoodPage(page, { lang: 'en' });
    await page.locator('section', { hasText: email }).locator('a[href*="/desk/welcome/"]').first().click();
    await page.locator('main form button').click();
    await page.waitForURL(/\/en\/mine$/);
    if (open === pageAt) await assertGoodPage(page, { lang: 'en' });
    assert.equal(await page.locator('.mine li').count(), 2);
    await page.locator('.mine h2 a').first().click();
    await page.waitForURL(/\/en\/registrations\//);
    await press(page, page.locator('form[action$="/cancel"] button').first());
    await page.goto('/en/mine');
    assert.equal(await page.locator('.mine li').count(), 1);
    await page.locator('main form[action="/desk/sign-out"] button').click();
    await page.goto('/en/mine');
    assert.equal(await page.locator('[name=email]').count(), 1, 'signed out');
    await page.context().close();
  });
}
