// A neighbour answers a survey, with the keyboard and without JavaScript; the desk types in a sheet of paper and reads the script
// for the telephone; the totals show nothing under the threshold. No cookie is ever set for who answers.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { assertGoodPage, inWays, languages, launch, noJS, pageAt, signIn, start } from './lib.mjs';

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

// Presses what is there, with the keyboard alone where there is JavaScript, by a click where there is none.
const presser = (page, js) => async (selector) => {
  const what = page.locator(selector).first();
  if (!js) return what.click();
  await what.focus();
  await page.keyboard.press((await what.getAttribute('type')) === 'radio' || (await what.getAttribute('type')) === 'checkbox' ? 'Space' : 'Enter');
};

for (const [way, at, lang] of inWays([['with JavaScript and the keyboard', pageAt, 'hr'], ['with the keyboard, in English', pageAt, 'en'], ['without JavaScript', noJS, 'hr']])) {
  test(`a survey is answered ${way}`, async () => {
    const page = await at(browser, server.url, 320, { locale: lang });
    const good = async () => { if (at === pageAt) await assertGoodPage(page, { lang }); };
    const press = presser(page, at === pageAt);
    const next = () => press('button[value=next]');
    await page.goto(await open(page, lang));
    await good();
    await page.locator('form').evaluate((f) => { f.noValidate = true; }).catch(() => {});
    await press('input[name="q.need"][value=other]');
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
    await press('button[value=back]');
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
    await page.goto(`${survey}/print?for=phone`);
    await assertGoodPage(page, { lang, dark: false });
    assert.equal(await page.locator('a[href$=".pdf"]').count(), 0, 'the script is no sheet to hand out');
    await page.goto(`${survey}/print`);
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

for (const [way, at, lang] of inWays([['with the keyboard', pageAt, 'hr'], ['without JavaScript', noJS, 'en']])) {
  test(`the desk makes a survey, changes it, types in paper and closes it ${way}, at 320 px`, async () => {
    const js = at === pageAt;
    const page = await at(browser, server.url, 320, { locale: lang });
    const press = presser(page, js);
    const good = async () => { if (js) await assertGoodPage(page, { lang, dark: false }); };
    await signIn(page, server, 'koordinacija.jarun');
    await page.goto(`/desk/surveys?lang=${lang}`);
    await good();
    await page.locator('table a').first().click();
    await page.locator('a[href$="way=phone"]').waitFor();
    await good();
    const asked = new URL(page.url()).pathname;
    for (const path of ['/type?way=phone', '/type?way=paper', '/questions', '/upload', '/preview', '/results', '/edit']) {
      await page.goto(asked + path);
      await good();
    }
    await page.goto(`${asked}/type?way=paper`);
    await press('input[name="q.need"]');
    await press('button[value=next]');
    await page.locator('.flash').waitFor();

    // A survey of one's own, from its first words to its totals.
    await page.goto('/desk/surveys/new');
    await good();
    await page.locator('#f-title-hr').fill('Koji dan?');
    await page.locator('#f-purpose-hr').fill('Za proljeće.');
    await press('main form button.btn:not(.quiet)');
    await page.waitForURL('**/questions');
    const survey = new URL(page.url()).pathname.replace('/questions', '');
    const ask = async (question, answers) => {
      await page.goto(`${survey}/questions`);
      await page.locator('#f-label-hr').fill(question);
      await page.locator('#f-choices-hr').fill(answers);
      await press('button[value=add]');
      await page.locator('ol .card', { hasText: question }).waitFor();
      await good();
    };
    await ask('Koji dan vam odgovara?', 'utorak\nsubota');
    await page.goto(survey);
    await press('form[action$="/open"] button');
    await page.locator('a[href$="way=desk"]').waitFor();
    await ask('U koje doba?', 'ujutro\nnavečer');

    // The first questions stay to be looked at, and a sheet of theirs is typed in as it was asked.
    await page.goto(survey);
    await good();
    await press('a[href$="/preview?form=1"]');
    await page.locator('main legend').first().waitFor();
    await good();
    assert.equal(await page.locator('main legend').count(), 1);
    await page.goto(`${survey}/type?way=paper`);
    assert.equal(await page.locator('main legend').count(), 2);
    await good();
    await press('main a[href$="form=1"]');
    await page.waitForURL('**form=1');
    assert.equal(await page.locator('main legend').count(), 1);
    await press('main input[type=radio]');
    await press('button[value=next]');
    await page.locator('.flash').waitFor();

    await page.goto(survey);
    await press('form[action$="/close"] button');
    if (js) {
      await page.locator('dialog[open]').waitFor();
      await good();
      await press('dialog[open] button.danger');
    } else {
      await press('main form button:not(.quiet)'); // the question is a page of its own
    }
    await page.waitForURL('**/results');
    await page.locator('button[name=shown]').waitFor();
    await good();
    await page.context().close();
  });
}

test('the script for the telephone is a good page in every language, and the desk keeps its own', async () => {
  const page = await pageAt(browser, server.url, 320, { locale: 'hr' });
  await signIn(page, server, 'koordinacija.jarun');
  for (const lang of languages) {
    await page.goto(`/desk/phone?in=${lang}`);
    await assertGoodPage(page, { lang, dark: false });
    await page.locator('a[href*="/print?for=phone"]').first().waitFor();
  }
  await page.goto('/desk/surveys');
  await assertGoodPage(page, { lang: 'hr', dark: false });
  await page.context().close();
});
