// The network's lead keeps the groups of help and the words that mean the same: on a telephone, with JavaScript and without.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { assertGoodPage, inWays, launch, noJS, pageAt, signIn, start } from './lib.mjs';

let server, browser;
before(async () => { [server, browser] = [await start(), await launch()]; });
after(async () => {
  await browser?.close();
  await server?.stop();
});

for (const [way, open] of inWays([['with JavaScript', pageAt], ['without', noJS]])) {
  test(`a group gets a name, a word is tried and found, a group goes, ${way}`, async () => {
    const page = await open(browser, server.url, 320, { locale: 'hr' });
    const good = async () => { if (open === pageAt) await assertGoodPage(page, { lang: 'hr', dark: false }); };
    await signIn(page, server, 'voditeljstvo.mreze');
    const mark = open === pageAt ? 'prva' : 'druga';

    // From the menu of services to the tree.
    await page.goto('/desk/services');
    await good();
    await page.goto('/desk/groups');
    await good();
    const group = page.locator('.tree > li').first();
    const name = await group.locator('a').first().innerText();
    await group.locator('a').first().click();
    await page.locator('#f-name-hr').waitFor();
    await good();

    // A word of everyday is tried, and then saved.
    const word = `kvartuša ${mark}`;
    await page.locator('#f-words-hr').fill(`${await page.locator('#f-words-hr').inputValue()}\n${word}`);
    await page.locator('#f-try').fill(word);
    await page.locator('button[value=try]').click();
    await page.locator('#tried .tag').first().waitFor();
    await good();
    const found = (await page.locator('#tried > div').last().locator('li').first().innerText()).replace(/\s*novo$/, '');
    await page.goto(`/hr/services?q=${encodeURIComponent(word)}`);
    assert.ok(!(await page.locator('.hit h3').allInnerTexts()).includes(found), 'trying saved it');
    await page.goto('/desk/groups');
    await page.locator('.tree > li').first().locator('a').first().click();
    await page.locator('#f-words-hr').fill(`${await page.locator('#f-words-hr').inputValue()}\n${word}`);
    await page.locator('main form button.btn:not(.quiet)').click();
    await page.locator('.flash').waitFor();
    await page.goto(`/hr/services?q=${encodeURIComponent(word.replace('kvartuša', 'kvartusu'))}`);
    assert.ok((await page.locator('.hit h3').allInnerTexts()).includes(found), `${word} does not find ${found}`);

    // It stands on the page of words, which is good, and so are its forms.
    await page.goto(`/desk/words?in=hr&q=${encodeURIComponent(word)}`);
    assert.ok((await page.locator('tbody').innerText()).includes(name));
    await good();
    await page.locator('tbody a').first().click();
    await page.locator('#f-means').waitFor();
    await good();
    await page.goto('/desk/words/new?in=hr');
    await good();
    await page.goto('/desk/missed');
    await good();

    // A new group below the first, given away again.
    await page.goto('/desk/groups');
    await page.locator('.tree > li').first().locator('> .row a.btn').click();
    await page.locator('#f-name-hr').fill(`Nova skupina ${mark}`);
    await good();
    await page.locator('main form button.btn').first().click();
    await page.locator('.flash').waitFor();
    await page.locator('.tree a', { hasText: `Nova skupina ${mark}` }).first().click();
    await page.locator('a[href$="/retire"]').click();
    await page.locator('#f-instead').waitFor();
    await good();
    if (open === pageAt) {
      await page.locator('button.danger').click();
      await page.locator('dialog.ask[open] .danger').waitFor();
      await page.locator('dialog.ask[open] .danger').click();
    } else {
      await page.locator('button.danger').click();
      await page.locator('main form button').first().click();
    }
    await page.locator('.flash').waitFor();
    assert.equal(await page.locator('.tree a', { hasText: `Nova skupina ${mark}` }).count(), 0);
    await page.goto('/desk/taxonomies/new');
    await good();
    await page.context().close();
  });
}
