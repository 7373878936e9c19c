// What is printed and subscribed to: the poster for the door, the sign-in sheet, a list from paper, calendars.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import ICAL from 'ical.js';
import { assertGoodPage, inWays, languages, launch, noJS, pageAt, signIn, start } from './lib.mjs';

const centre = 'sesnaestica';

let server, browser, planned;
before(async () => {
  [server, browser] = [await start(), await launch()];
  const { items } = await (await fetch(`${server.url}/api/v1/sessions?centre=${centre}&limit=200&from=${new Date().toISOString()}`)).json();
  planned = items.filter((s) => s.state === 'planned' && Date.parse(s.starts_at) > Date.now() + 86400e3);
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

/** A PDF's bytes as text; it must be one. */
async function paper(page, address) {
  const response = await page.request.get(address);
  assert.equal(response.status(), 200, address);
  assert.equal(response.headers()['content-type'], 'application/pdf');
  const body = (await response.body()).toString('latin1');
  assert.ok(body.startsWith('%PDF-1.') && body.trimEnd().endsWith('%%EOF'), address);
  return body;
}

/** The events of a calendar, as another program reads them. */
async function events(path) {
  const response = await fetch(server.url + path);
  assert.equal(response.status, 200, path);
  const calendar = new ICAL.Component(ICAL.parse(await response.text()));
  return { response, list: calendar.getAllSubcomponents('vevent').map((e) => new ICAL.Event(e)) };
}

for (const [way, open, langs] of inWays([['with JavaScript', pageAt, languages], ['without', noJS, ['hr']]])) {
  for (const lang of langs) {
    test(`a poster for the door in ${lang}, ${way}`, async () => {
      const page = await open(browser, server.url, 320, { locale: lang });
      const good = async () => { if (open === pageAt) await assertGoodPage(page, { lang, dark: lang === 'hr' }); };
      await page.goto(`/${lang}/centres/${centre}`);
      await page.locator(`a[href$="/poster"]`).click();
      assert.equal(await page.locator('.poster h1').innerText(), 'Šesnaestica');
      await good();
      await page.locator('.poster-choice a[href*="tear=1"]').click();
      assert.equal(await page.locator('.poster').first().locator('.strips li').count(), 8);
      const sizes = [];
      for (const address of await page.locator('.poster-choice a.btn').evaluateAll((list) => list.map((a) => a.getAttribute('href')))) {
        sizes.push((await paper(page, address)).match(/MediaBox \[0 0 ([\d.]+)/)[1]);
      }
      assert.deepEqual(sizes.map((s) => Math.round(s)), [595, 842, 421]);
      await page.goto(`/${lang}/programme/${planned[0].activity}`);
      await page.locator('a[href$="/poster"]').click();
      await page.locator('.poster .when').first().waitFor();
      assert.match(await page.locator('.poster').first().innerText(), /ogledni|sample|eksempel/i);
      await good();
      await paper(page, `/${lang}/programme/${planned[0].activity}/poster.pdf`);
      await page.context().close();
    });
  }
}

for (const [way, open, width] of inWays([['with JavaScript', pageAt, 320], ['without', noJS, 1280]])) {
  test(`a sign-in sheet, and a list from paper, ${way}`, async () => {
    const page = await open(browser, server.url, width, { locale: 'hr' });
    const good = async () => { if (open === pageAt) await assertGoodPage(page, { lang: 'hr' }); };
    await signIn(page, server, 'koordinacija.sesnaestica');
    const session = planned.find((s) => s.capacity);
    await page.goto(`/desk/sessions/${session.id}`);
    await page.locator('a[href$="/sheet"]').click();
    assert.equal(await page.locator('.sheet tbody tr').count(), 15);
    await page.locator('input[name=names]').check();
    await page.locator('form.filters button:not([formaction])').click();
    await page.waitForURL(/names=/);
    await page.locator('input[name=names]:checked').waitFor();
    assert.ok(await page.locator('.sheet tbody tr').count() > 15, 'with the names of those registered');
    await good();
    await paper(page, `/desk/sessions/${session.id}/sheet.pdf?names=1&rows=30`);

    await page.goto(`/desk/sessions/${session.id}/paper`);
    await good();
    const names = [`Papir ${way} A`, `Papir ${way} B +1`];
    await page.locator('textarea[name=names]').fill(names.join('\n'));
    await page.locator('input[name=date]').fill('2020-01-01');
    await page.locator('main form[action$="/paper"] button').last().click();
    await page.locator('.summary').waitFor();
    assert.equal(await page.locator('textarea[name=names]').inputValue(), names.join('\n'), 'what was typed is kept');
    page.heard = page.heard.filter((h) => !h.includes('422'));
    await page.locator('input[name=date]').fill(new Date(Date.now() - 86400e3).toISOString().slice(0, 10));
    await page.locator('main form[action$="/paper"] button').last().click();
    await page.waitForURL((url) => url.pathname === `/desk/sessions/${session.id}`);
    await page.goto(`/desk/sessions/${session.id}?names=1`);
    const rows = await page.locator('.registrations > li').allInnerTexts();
    assert.match(rows.at(-2), new RegExp(`Papir ${way} A`));
    assert.match(rows.at(-1), new RegExp(`Papir ${way} B`));
    await page.context().close();
  });
}

test('a calendar of an activity, and one of one’s own that dies with its link', async () => {
  const { list } = await events(`/calendar/activity/${planned[0].activity}.ics`);
  assert.ok(list.some((e) => e.uid.startsWith(planned[0].id)) && list.every((e) => e.summary === list[0].summary));

  const page = await pageAt(browser, server.url, 320, { locale: 'hr' });
  await signIn(page, server, 'koordinacija.sesnaestica');
  const free = planned.find((s) => s.activity !== planned[0].activity) ?? planned[0];
  await page.goto(`/desk/sessions/${free.id}`);
  const take = page.locator('form[action$="/take"] button');
  if (await take.count()) await take.click();
  await page.goto('/desk/me');
  await page.locator('a[href="/desk/me/calendar"]').click();
  await assertGoodPage(page, { lang: 'hr' });
  await page.locator('form[action="/desk/me/calendar"] button').click();
  const address = new URL(await page.locator('code').innerText()).pathname;
  assert.equal(await page.locator('.subscribe a[href^="webcal:"]').getAttribute('href'), `webcal://${new URL(server.url).host}${address}`);
  await assertGoodPage(page, { lang: 'hr' });
  const own = await events(address);
  assert.match(own.response.headers.get('cache-control'), /private, no-store/);
  assert.ok(own.list.some((e) => e.uid === `${free.id}@${new URL(server.url).host}`), 'what one took is in it, under the UID of the public calendar');
  await page.goto('/desk/me/calendar');
  assert.ok(!(await page.content()).includes(address));
  await page.locator('form[action$="/remove"] button').click();
  await page.locator('dialog[open] button').first().click();
  await page.locator('form[action="/desk/me/calendar"]').waitFor();
  assert.equal((await fetch(server.url + address)).status, 404);
  await page.context().close();
});
