// The day at a centre: what moves in the grid by mouse, by finger and by keyboard, and the same by form without
// JavaScript; who opens; two who move one thing at once.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { assertGoodPage, axe, launch, noJS, pageAt, signIn, start } from './lib.mjs';

let server, browser;
before(async () => {
  server = await start();
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

const coordinator = /coordinator|koordinacija/i;
const day = (n) => new Date(Date.now() + n * 86_400_000).toISOString().slice(0, 10);

/** Opens the first day from the given one on, on which something moves, and returns its date. */
async function dayWithBlocks(page, from = 1) {
  for (let n = from; n < from + 10; n++) {
    await page.goto(`/desk/?date=${day(n)}`);
    if (await page.locator('.bk[data-id]').count()) return day(n);
  }
  return assert.fail('nothing in ten days moves');
}

const where = (block) => block.evaluate((e) => ({ ...e.dataset, text: e.querySelector('a').textContent }));
const spoken = (page) => page.locator('.movable [role=status]').innerText();

/** Ticks that hours at which the centre is not open are meant so, where that is asked. */
async function mean(form) {
  const agreed = form.locator('[name=agreed]');
  if (await agreed.count()) await agreed.check();
}

/** Says yes in the dialog, or first chooses what else is free. */
async function agree(page) {
  const dialog = page.locator('dialog.move[open]');
  await dialog.waitFor();
  if (!(await dialog.locator('form').count())) {
    await dialog.locator('a[data-try]').first().click();
    await dialog.locator('form').waitFor();
  }
  await mean(dialog);
  await Promise.all([page.waitForURL(/\/desk\/\?date=/), page.waitForEvent('load'), dialog.locator('form .btn:not(.quiet)').click()]);
  assert.match(await page.locator('.flash[role=status]').innerText(), /Premješteno/);
}

test('by keyboard: arrows, what is said aloud, Escape, Enter', async () => {
  const page = await pageAt(browser, server.url, 1280, { locale: 'hr' });
  await signIn(page, server, coordinator);
  await dayWithBlocks(page);
  const block = page.locator('.bk[data-id]').first(), grip = block.locator('.grip');
  const was = await where(block);
  await grip.focus();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowDown');
  let is = await where(page.locator('.bk.moving'));
  assert.equal(Number(is.row), Number(was.row) + 2);
  assert.match(await spoken(page), /Enter za provjeru/);
  assert.ok((await spoken(page)).startsWith(was.text), await spoken(page));
  assert.deepEqual(await axe(page), []);
  await page.keyboard.press('Escape');
  is = await where(block);
  assert.deepEqual([is.row, is.col], [was.row, was.col]);
  assert.equal(await spoken(page), 'Ostaje gdje je bilo.');
  assert.equal(await page.locator('.bk.moving, .bk.was').count(), 0);

  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  const dialog = page.locator('dialog.move[open]');
  await dialog.waitFor();
  assert.deepEqual(await axe(page), []);
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'detached' });
  assert.ok(await grip.evaluate((e) => e === document.activeElement), 'the keyboard is where it was');
  assert.equal((await where(block)).row, was.row);

  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await agree(page);
  const now = await where(page.locator(`.bk[data-id="${was.id}"]`));
  assert.ok(now.row !== was.row || now.col !== was.col, 'it is elsewhere');
  assert.ok(Number(now.version) > Number(was.version));
  assert.deepEqual(page.heard, []);
  await page.context().close();
});

test('by mouse: nothing moves before the server agreed', async () => {
  const page = await pageAt(browser, server.url, 1280, { locale: 'hr' });
  await signIn(page, server, coordinator);
  await dayWithBlocks(page, 2);
  const block = page.locator('.bk[data-id]').first();
  await block.scrollIntoViewIfNeeded();
  const was = await where(block), box = await block.boundingBox();
  const lane = await page.locator(`.lane[data-col="${was.col === '1' ? 2 : 1}"]`).boundingBox();
  const drag = async () => {
    await page.mouse.move(box.x + 30, box.y + box.height / 2);
    await page.mouse.down();
    await page.mouse.move(box.x + 40, box.y + box.height / 2 + 10);
    await page.mouse.move(lane.x + lane.width / 2, box.y + box.height / 2 + 2, { steps: 4 });
    await page.mouse.up();
  };
  await drag();
  const dialog = page.locator('dialog.move[open]');
  await dialog.waitFor();
  await dialog.locator('button.quiet').click();
  await dialog.waitFor({ state: 'detached' });
  assert.equal((await where(block)).col, was.col);
  await page.reload();
  assert.equal((await where(page.locator(`.bk[data-id="${was.id}"]`))).col, was.col, 'looking moved it');

  await block.scrollIntoViewIfNeeded();
  Object.assign(box, await block.boundingBox());
  await drag();
  await agree(page);
  const now = await where(page.locator(`.bk[data-id="${was.id}"]`));
  assert.ok(now.row !== was.row || now.col !== was.col, 'it is elsewhere');
  await page.locator(`.bk[data-id="${was.id}"] a`).first().click(); // a press is still a press
  assert.match(page.url(), /\/desk\/(sessions|bookings)\//);
  assert.deepEqual(page.heard, []);
  await page.context().close();
});

test('by finger, on its grip', async () => {
  const page = await pageAt(browser, server.url, 1024, { locale: 'hr', hasTouch: true });
  await signIn(page, server, coordinator);
  await dayWithBlocks(page);
  const block = page.locator('.bk[data-id]').first();
  await block.scrollIntoViewIfNeeded();
  const was = await where(block), g = await block.locator('.grip').boundingBox();
  const cdp = await page.context().newCDPSession(page);
  const touch = (type, x, y) => cdp.send('Input.dispatchTouchEvent', { type, touchPoints: type === 'touchEnd' ? [] : [{ x, y }] });
  const x = g.x + g.width / 2, y = g.y + g.height / 2;
  await touch('touchStart', x, y);
  for (const step of [8, 16, 24, 32]) await touch('touchMove', x, y + step);
  assert.notEqual((await where(page.locator('.bk.moving'))).row, was.row);
  await touch('touchEnd');
  await page.locator('dialog.move[open]').waitFor();
  await page.locator('dialog.move button.quiet').last().click();
  await page.context().close();
});

test('two at once: the second sees where the first put it', async () => {
  const [one, two] = [await pageAt(browser, server.url, 1280, { locale: 'hr' }), await pageAt(browser, server.url, 1280, { locale: 'hr' })];
  await Promise.all([signIn(one, server, coordinator), signIn(two, server, coordinator)]);
  await dayWithBlocks(one, 3);
  await two.goto(one.url());
  for (const page of [one, two]) {
    await page.locator('.bk[data-id] .grip').last().focus();
    await page.keyboard.press('ArrowUp');
    await page.keyboard.press('Enter');
    if (page === one) await agree(page);
  }
  const dialog = two.locator('dialog.move[open]');
  assert.match(await dialog.innerText(), /Netko je bio brži/);
  await dialog.locator('a.btn').click();
  await two.waitForURL(/\/desk\/\?date=/);
  await one.context().close();
  await two.context().close();
});

test('without JavaScript, on a phone: the form says what would change, and then moves', async () => {
  const page = await noJS(browser, server.url, 320, { locale: 'hr' });
  await signIn(page, server, coordinator);
  const rows = () => page.locator('.bk[data-id] .grip');
  let bookings = 0;
  for (let n = 1; n < 12 && !bookings; n++) { // a booking of no session: a session has its own form
    await page.goto(`/desk/?date=${day(n)}`);
    for (const href of await rows().evaluateAll((list) => list.map((a) => a.getAttribute('href')))) {
      await page.goto(href);
      if (/\/bookings\//.test(page.url())) { bookings++; break; }
      assert.match(page.url(), /\/sessions\/[^/]+\/move$/);
      await page.goto(`/desk/?date=${day(n)}`);
    }
  }
  assert.ok(bookings, 'the demo has a booking of no session within twelve days');
  const main = page.locator('main');
  await main.locator('input[name=from]').fill('20:15');
  await main.locator('input[name=to]').fill('21:15');
  await main.locator('form[method=get] button').click();
  assert.match(await main.locator('#answer').innerText(), /20\.15–21\.15/);
  if (!(await main.locator('#answer form').count())) await main.locator('#answer a[data-try]').first().click();
  await mean(main);
  await main.locator('#answer form button').click();
  assert.match(await page.locator('.flash[role=status]').innerText(), /Premješteno/);
  await page.context().close();
});

test('who opens: once for the week, otherwise for a day, without JavaScript', async () => {
  const page = await noJS(browser, server.url, 320, { locale: 'hr' });
  await signIn(page, server, coordinator);
  await page.goto(`/desk/?date=${day(2)}`);
  await page.click('#doors a');
  await page.selectOption('#date select[name=opens]', { label: 'Osoba koja dežura, Šesnaestica' });
  await page.fill('#date input[name=opens-at]', '07:45');
  await page.click('#date form button');
  assert.match(await page.locator('#doors').innerText(), /Otvara u 7\.45: Osoba koja dežura/);
  await page.context().close();
});

for (const width of [320, 1280]) {
  test(`good pages at ${width} px`, async () => {
    const page = await pageAt(browser, server.url, width, { locale: 'hr' });
    await signIn(page, server, coordinator);
    await page.goto('/desk/');
    await assertGoodPage(page, { lang: 'hr', dark: width === 320 });
    await dayWithBlocks(page);
    await assertGoodPage(page, { dark: width === 320 });
    const session = await page.locator('.session h3 a[href*="/desk/sessions/"]').first().getAttribute('href');
    const move = await page.locator('.bk[data-id] .grip').first().getAttribute('href');
    const { version } = await where(page.locator('.bk[data-id]').first());
    const space = (await page.locator('.movable').getAttribute('data-spaces')).split(' ')[0];
    for (const address of width === 1280 ? [] : [session, move, `${move}?space=${space}&date=${day(20)}&from=06:15&version=${version}`, `${move}?space=${space}&date=${day(1)}&from=09:00&version=999`, '/desk/duty', '/desk/rooms']) {
      await page.goto(address);
      await assertGoodPage(page, { dark: width === 320 });
    }
    await page.context().close();
  });
}
