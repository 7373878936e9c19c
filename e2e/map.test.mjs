// Somebody looks for help: groups, words without marks, a place to be near, a service's page, a list to print, and the way
// out. With JavaScript and without; no cookie is ever set.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { assertGoodPage, inWays, languages, launch, noJS, pageAt, signIn, start } from './lib.mjs';

let server, browser;
before(async () => { [server, browser] = [await start(), await launch()]; });
after(async () => {
  await browser?.close();
  await server?.stop();
});

const plain = (s) => s.toLowerCase().normalize('NFD').replace(/\p{M}/gu, '').replaceAll('đ', 'd');
const names = (page) => page.locator('.hit h3').allInnerTexts();

for (const [way, open] of inWays([['with JavaScript', pageAt], ['without', noJS]])) {
  test(`help is found, kept on a list and printed, ${way}`, async () => {
    const page = await open(browser, server.url, 320, { locale: 'hr' });
    const good = async () => { if (open === pageAt) await assertGoodPage(page, { lang: 'hr' }); };
    await page.goto('/hr/map');
    await good();
    await page.locator('.groups a').first().click();
    await page.locator('.hit').first().waitFor();
    await good();

    // A word of the first one, typed in a hurry, finds it again.
    const [first] = await names(page);
    const word = plain(first).split(/[^a-z]+/).sort((a, b) => b.length - a.length)[0];
    await page.goto('/hr/map');
    await page.locator('#f-q').fill(word);
    await page.locator('form.find .btn').click();
    await page.locator('.hit').first().waitFor();
    assert.ok((await names(page)).includes(first), `${word} does not find ${first}`);
    assert.ok(!(await page.title()).toLowerCase().includes(word), 'the title tells what was looked for');

    // Near a place that is suggested.
    const near = await page.locator('#spots option').first().getAttribute('value');
    await page.locator('#f-q').fill('');
    await page.locator('#f-near').fill(plain(near));
    await page.locator('form.find .btn').click();
    await page.locator('h1').waitFor();
    assert.ok(await page.locator('.found, .groups').count() > 0, `${near} is no place`);

    // Its page, onto the list, another beside it, and the list to print.
    await page.goto('/hr/services');
    await page.locator('.hit h3 a').first().click();
    await page.locator('#first').waitFor();
    await good();
    await page.locator('a.btn[href*="s="]').first().click();
    await page.locator('.flash a[href*="/services/print"]').waitFor();
    await page.goto(`/hr/services?s=${new URL(page.url()).searchParams.get('s')}`);
    await page.locator('#n2 .reach a[rel=nofollow]').click();
    await page.locator('.flash a[href*="/services/print"]').click();
    assert.equal(await page.locator('.given').count(), 2);
    assert.equal(await page.locator('.given .qr svg').count(), 2);
    await good();
    const pdf = await page.request.get(await page.locator('a[href*="print.pdf"]').getAttribute('href'));
    assert.equal(pdf.headers()['content-type'], 'application/pdf');
    assert.ok((await pdf.body()).toString('latin1').startsWith('%PDF-1.'));
    await page.locator('#n1 a.btn').last().click();
    assert.equal(await page.locator('.given').count(), 1);

    assert.deepEqual(await page.context().cookies(), []);
    await page.locator('[data-leave]').click();
    await page.waitForURL('**/hr/programme');
    await page.context().close();
  });
}

test('what is not there, and what nobody knows, helps on in every language', async () => {
  for (const lang of languages) {
    const page = await pageAt(browser, server.url, lang === 'en' ? 1280 : 320, { locale: lang });
    const dead = [['services?q=zzzzqqqq', '.empty a'], ['services?near=zzzzqqqq', '#e-near'], ['services/print?s=zzzz', '.empty a'],
      ['services/00000000-0000-0000-0000-000000000000', 'main a.btn']];
    for (const [path, helps] of lang === 'hr' ? dead : dead.slice(0, 1)) {
      await page.goto(`/${lang}/${path}`);
      await page.locator(helps).first().waitFor();
      page.heard = []; // an answer 404 or 422 is heard
      await assertGoodPage(page, { lang, dark: false });
    }
    await page.context().close();
  }
});

// Who keeps entries right does it on a telephone.
for (const role of ['koordinacija.vestigium', /member|clan/i]) {
  test(`the desk's pages of services are good at 320 px for ${role}`, async () => {
    const page = await pageAt(browser, server.url, 320, { locale: 'hr' });
    await signIn(page, server, role);
    const good = async (path) => {
      await page.goto(path);
      await assertGoodPage(page, { lang: 'hr', dark: false });
    };
    const linked = async (pattern) => (await page.locator('main a').evaluateAll((list) => list.map((a) => a.getAttribute('href')))).find((href) => pattern.test(href ?? ''));
    await good('/desk/services');
    const service = await linked(/^\/desk\/services\/[0-9a-f-]{36}$/);
    assert.ok(service, 'there is no service to keep');
    await good(service);
    await good(`${service}/history`);
    await page.goto('/desk/organisations');
    const organisation = new URL(page.url()).pathname === '/desk/organisations' ? await linked(/^\/desk\/organisations\/[0-9a-f-]{36}$/) : new URL(page.url()).pathname;
    await good(organisation);
    await good(`/desk/services/new?organisation=${organisation.split('/').pop()}`);
    if (typeof role === 'string') await good(`${organisation}/phone`);
    await page.context().close();
  });
}
