// A hall of two halves, a projector that there is once, time for setting up, and a day on which the centre is closed.
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

/** The local date so many days from now. */
const day = (n) => new Date(Date.now() + n * 86_400_000).toLocaleDateString('sv', { timeZone: 'Europe/Zagreb' });
/** The first date after so many days that is the weekday (0 Sunday). */
const next = (weekday, after) => {
  for (let n = after; ; n++) if (new Date(`${day(n)}T12:00:00Z`).getUTCDay() === weekday) return day(n);
};

for (const [way, open, width] of inWays([['with JavaScript', pageAt, 1280], ['without JavaScript', noJS, 320]])) {
  test(`rooms, ${way}`, async () => {
    const check = async (page) => {
      page.heard = page.heard.filter((h) => !/ 4(09|22) /.test(h)); // the browser's own word for a form that comes back
      if (open === pageAt) await assertGoodPage(page, { dark: false });
    };
    const page = await open(browser, server.url, width, { locale: 'hr' });
    await signIn(page, server, 'koordinacija.sesnaestica');
    const send = () => page.locator('main form button.btn:not(.quiet)').last().click();
    const mark = open === noJS ? 'B' : 'A';
    const [left, right, hall] = [`Lijeva 🎭 ${mark}`, `قاعة ${mark}`, `Dvorana od dijelova ${mark}`];
    const names = new Map();
    for (const name of [left, right, hall]) {
      await page.goto('/desk/rooms/new');
      await page.locator('[name=name-hr]').fill(name);
      if (name === hall) for (const part of [left, right]) await page.getByLabel(part, { exact: true }).check();
      await send();
      await page.waitForURL(/\/desk\/rooms$/);
      names.set(name, await page.locator('main aside').getByRole('link', { name, exact: true }).getAttribute('href'));
    }
    const listed = await page.locator('main aside li', { hasText: hall }).innerText();
    assert.ok(listed.includes(left) && listed.includes(right), 'the list says what the hall is made of');
    await page.goto(names.get(left));
    assert.ok((await page.locator('#f-parts').innerText()).includes(hall), 'the part says of what');
    await check(page);

    await page.goto('/desk/equipment');
    await page.locator('[name=name-hr]').fill(`Platno ${mark}`);
    await page.locator('[name=quantity]').fill('1');
    await page.locator('main form button.btn').last().click();
    await page.locator('td', { hasText: `Platno ${mark}` }).waitFor();
    await check(page);

    const weekday = next(3, open === noJS ? 15 : 8);
    const want = async (space, date, from, to, screen) => {
      await page.goto('/desk/bookings/new');
      await page.locator('[name=title]').fill(`Proba ${'vrlo '.repeat(20)}${mark}`.slice(0, 120));
      await page.locator('[name=space]').selectOption({ label: space });
      await page.locator('[name=date]').fill(date);
      await page.locator('[name=from]').fill(from);
      await page.locator('[name=to]').fill(to);
      if (screen) await page.getByLabel(`Platno ${mark}`).fill('1');
    };
    const hours = open === noJS ? ['15:00', '16:00'] : ['12:00', '13:00'];
    await want(hall, weekday, ...hours, true);
    await page.locator('details.more summary').last().click();
    await page.locator('[name=setup]').fill('30');
    await send();
    await page.waitForURL(/\/desk\/rooms\?date=/);
    const grid = await page.locator('.grid').last().innerText();
    if (open === pageAt) {
      assert.ok(grid.includes('zauzeto zbog'), 'the parts say that the hall has them');
      await check(page);
    }
    await page.locator('.bk a', { hasText: 'Proba' }).first().click();
    assert.match(await page.locator('dl.facts').innerText(), new RegExp(`Platno ${mark} × 1`));
    await check(page);

    await want(left, weekday, ...hours, false); // the hall has it
    await send();
    await page.locator('#instead').waitFor();
    assert.match(await page.locator('#instead').innerText(), /priprema od/);
    await check(page);
    await want('Radionica', weekday, ...hours, true); // the room is free, the screen is not
    await send();
    await page.locator('#instead').waitFor();
    assert.match(await page.locator('#instead').innerText(), new RegExp(`Platno ${mark}`));

    await want(left, next(0, 8), ...hours, false); // Sunday: closed
    await send();
    await page.locator('#faults').waitFor();
    await page.locator('[name=anyway]').check();
    await send();
    await page.waitForURL(/\/desk\/rooms\?date=/);

    await page.goto(names.get(hall)); // closing it while it is booked
    await page.locator('[name=closed]').check();
    await send();
    await page.locator('[name=anyway]').waitFor();
    await check(page);

    await page.goto(`/desk/rooms?view=week&date=${weekday}`);
    assert.equal(await page.locator('.week section').count(), 7);
    await check(page);

    // a day is closed on which something stands already: it waits until somebody says what with it
    await page.goto('/desk/centre/hours');
    await check(page);
    await page.locator('[name=from]').fill(weekday);
    await page.locator('[name=reason-hr]').fill('Krečenje');
    await page.locator('form[action="/desk/centre/closures"] button').click();
    await page.waitForURL(/\/desk\/closed$/);
    await check(page);
    const before = await page.locator('.session').count();
    assert.ok(before > 0);
    await page.locator('.session button').first().click();
    await page.waitForURL(/\/desk\/closed$/);
    assert.equal(await page.locator('.session').count(), before - 1);

    await page.goto('/desk/centre/closures/import');
    await page.locator('input[type=file]').setInputFiles({ name: 'dani.csv', mimeType: 'text/csv', buffer: Buffer.from(`od;do;razlog\n${day(open === noJS ? 110 : 100)};;Inventura ${mark}\n`) });
    await send();
    for (let n = 0; n < 40 && !(await page.locator('form[action$="/confirm"]').count()); n++) {
      await page.waitForTimeout(250);
      await page.reload();
    }
    await check(page);
    await page.locator('form[action$="/confirm"] button').click();
    for (let n = 0; n < 40 && !(await page.locator('a.btn[href="/desk/closed"]').count()); n++) {
      await page.waitForTimeout(250);
      await page.reload();
    }
    await page.goto('/desk/centre/hours');
    assert.ok((await page.locator('main').innerText()).includes(`Inventura ${mark}`));
    await page.context().close();
  });
}
