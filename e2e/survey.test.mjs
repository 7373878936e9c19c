// A neighbour answers a survey, with the keyboard and without JavaScript; the desk types in a sheet of paper and reads the script
// for the telephone; the totals show nothing under the threshold. No cookie is ever set for who answers.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { assertGoodPage, languages, launch, noJS, pageAt, signIn, start } from './lib.mjs';

let server, browser;
before(async () => { [server, browser] = [await start(), await launch()]; });
after(async () => {
  await browser?.close();
  await server?.stop();
});

// The survey that is open, found as a visitor finds it.
const open = async (page, lang) => {
  await page.goto(`/${lang}/surveys`);
  return page.locator('main .card a[href*="/surveys/"]:not([href$="/results"])').first().getAttribute('href');
};

for (const [way, at] of [['with JavaScript and the keyboard', pageAt], ['without JavaScript', noJS]]) {
  test(`a survey is answered ${way}`, async () => {
    const page = await at(browser, server.url, 320, { locale: 'hr' });
    const good = async () => { if (at === pageAt) await assertGoodPage(page, { lang: 'hr' }); };
    const next = async () => {
      if (at === noJS) return page.locator('button[value=next]').click();
      await page.locator('button[value=next]').focus();
      await page.keyboard.press('Enter');
    };
    await page.goto(await open(page, 'hr'));
    await good();
    await page.locator('form').evaluate((f) => { f.noValidate = true; }).catch(() => {});
    await page.locator('input[name="q.need"][value=other]').check();
    await next();
    await page.locator('[name="q.other_need"]').waitFor();
    await page.locator('[name="q.other_need"]').fill('Klupa');
    await page.locator('[name="q.minutes"]').fill('900');
    await next();
    await page.locator('#e-q\\.minutes').waitFor();
    page.heard = []; // an answer 422 is heard
    await good();
    assert.equal(await page.locator('[name="q.other_need"]').inputValue(), 'Klupa');
    await page.locator('[name="q.minutes"]').fill('9');
    await next();
    await page.locator('[name="q.health"]').first().waitFor();
    await good();
    await page.locator('button[value=back]').click();
    assert.equal(await page.locator('[name="q.minutes"]').inputValue(), '9');
    for (const name of ['health', 'idea']) {
      await next();
      await page.locator(`[name="q.${name}"]`).first().waitFor();
    }
    await next();
    await page.waitForURL('**/thanks');
    await good();
    assert.deepEqual(await page.context().cookies(), []);
    await page.context().close();
  });
}

test('totals and the form on paper are good pages in every language', async () => {
  for (const lang of languages) {
    const page = await pageAt(browser, server.url, 320, { locale: lang });
    const survey = await open(page, lang);
    await assertGoodPage(page, { lang });
    await page.goto(`${survey}/print`);
    await assertGoodPage(page, { lang, dark: false });
    const pdf = await page.request.get(`${survey}/print.pdf`);
    assert.ok((await pdf.body()).toString('latin1').startsWith('%PDF-1.'));
    await page.goto(`/${lang}/surveys`);
    await page.locator('main .card a[href$="/results"]').first().click();
    await page.locator('.bars svg').first().waitFor();
    await assertGoodPage(page, { lang });
    for (const n of await page.locator('main td.num:not(:last-child)').allInnerTexts()) {
      const digits = n.replace(/\D/g, '');
      assert.ok(digits === '' || Number(digits) >= 10, `${n} is shown`);
    }
    await page.context().close();
  }
});

test('the desk makes a survey, types in paper, and reads out on the telephone, at 320 px', async () => {
  const page = await pageAt(browser, server.url, 320, { locale: 'hr' });
  await signIn(page, server, 'koordinacija.jarun');
  const good = () => assertGoodPage(page, { lang: 'hr', dark: false });
  await page.goto('/desk/surveys');
  await good();
  await page.locator('table a').first().click();
  await page.locator('a[href$="way=phone"]').waitFor();
  await good();
  const survey = new URL(page.url()).pathname;
  for (const path of ['/type?way=phone', '/type?way=paper', '/questions', '/upload', '/preview', '/results', '/edit']) {
    await page.goto(survey + path);
    await good();
  }
  await page.goto(`${survey}/type?way=paper`);
  await page.locator('input[name="q.need"]').first().check();
  await page.locator('button[value=next]').click();
  await page.locator('.flash').waitFor();
  await page.goto('/desk/surveys/new');
  await good();
  await page.locator('#f-title-hr').fill('Koji dan?');
  await page.locator('#f-purpose-hr').fill('Za proljeće.');
  await page.locator('main form button.btn').last().click();
  await page.waitForURL('**/questions');
  await page.locator('#f-label-hr').fill('Koji dan vam odgovara?');
  await page.locator('#f-choices-hr').fill('utorak\nsubota');
  await page.locator('button[value=add]').click();
  await page.locator('ol .card').waitFor();
  await good();
  await page.goto(new URL(page.url()).pathname.replace('/questions', ''));
  await page.locator('form[action$="/open"] button').click();
  await page.locator('a[href$="way=desk"]').waitFor();
  await page.context().close();
});
