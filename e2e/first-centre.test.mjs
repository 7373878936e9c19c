// A first centre with one room and one weekly activity stands in a quarter of an hour, from desk pages alone: nobody at
// a centre has a terminal.
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

for (const [way, open] of inWays([['with JavaScript', pageAt], ['without JavaScript', noJS]])) {
  test(`a first centre, ${way}`, async () => {
    const began = Date.now();
    const check = async (page) => { if (open === pageAt) await assertGoodPage(page, { dark: false }); };
    const name = open === noJS ? 'Centar Ljubljanica' : 'Centar Voltino';
    const lead = await open(browser, server.url, 1280, { locale: 'en' });
    await signIn(lead, server, 'voditeljstvo.mreze');

    await lead.goto('/desk/network/centres/new');
    await check(lead);
    await lead.locator('[name=name]').fill(name);
    await lead.locator('[name=new_organisation]').fill(`Udruga ${name}`);
    await lead.locator('[name=new_area]').fill(`Kvart ${name}`);
    await lead.locator('main form button.btn:not(.quiet)').last().click();
    await lead.waitForURL((url) => !url.pathname.endsWith('/new'));

    // the lead acts there and invites who will coordinate
    await lead.goto('/desk/network');
    await lead.locator('tr', { hasText: name }).locator('form[action="/desk/acting"] button').click();
    await lead.waitForLoadState();
    await lead.goto('/desk/team');
    await check(lead);
    const invite = lead.locator('form[action*="/invite"]');
    await invite.locator('[name=name]').fill(`Koordinacija, ${name}`);
    await invite.locator('[name=role]').selectOption('coordinator');
    await invite.locator('[name=lang]').selectOption('en');
    await invite.locator('button').click();
    const link = (await lead.locator('code').first().innerText()).trim();
    assert.match(link, /\/desk\/welcome\//);
    await lead.context().close();

    const page = await open(browser, server.url, 1280, { locale: 'en' });
    await page.goto(new URL(link).pathname);
    await check(page);
    const login = name.toLowerCase().replace(' ', '.');
    const passphrase = 'prva soba i jedna aktivnost';
    await page.locator('[name=name]').fill(`Koordinacija, ${name}`);
    await page.locator('[name=login]').fill(login);
    await page.locator('[name=new]').fill(passphrase);
    await page.locator('[name=again]').fill(passphrase);
    await page.locator('main form button.btn').first().click();
    await page.waitForURL((url) => !url.pathname.startsWith('/desk/welcome'));
    if (page.url().includes('sign-in')) {
      await page.locator('[name=login]').fill(login);
      await page.locator('[name=passphrase]').fill(passphrase);
      await page.locator('main form button.btn').first().click();
      await page.waitForURL((url) => !url.pathname.startsWith('/desk/sign-in'));
    }

    await page.goto('/desk/rooms/new');
    await check(page);
    await page.locator('[name=name-hr]').fill('Soba na uglu');
    await page.locator('[name=holds]').fill('20');
    await page.locator('main form button.btn:not(.quiet)').last().click();
    await page.waitForURL(/\/desk\/rooms(\?.*)?$/);

    await page.goto('/desk/programme/new');
    await check(page);
    await page.locator('[name=title-hr]').fill(`Prvi krug, ${name}`);
    await page.locator('select[name=space]').selectOption({ label: 'Soba na uglu' });
    await page.locator('[name=repeat][value=weekly]').check();
    await page.locator('[name=count]').fill('8');
    await page.locator('main form button.btn:not(.quiet)').last().click();
    for (const keep of await page.locator('input[value=keep]').all()) await keep.check(); // a holiday among the dates
    if (await page.locator('input[value=keep]').count()) await page.locator('main form button.btn:not(.quiet)').first().click();
    await page.waitForURL(/\/desk\/programme$/);
    assert.ok((await page.locator('main').innerText()).includes(`Prvi krug, ${name}`));

    // and the neighbourhood sees it
    const visitor = await open(browser, server.url, 320, { locale: 'hr' });
    await visitor.goto('/hr/centres');
    await visitor.locator('main').getByRole('link', { name }).first().click();
    await visitor.locator('h1').waitFor();
    await check(visitor);
    const week = new Date(Date.now() + 7 * 86_400_000).toISOString().slice(0, 10);
    await visitor.goto(`/hr/programme?from=${week}`);
    assert.ok((await visitor.locator('main').innerText()).includes(`Prvi krug, ${name}`), 'the activity is on the programme');
    await visitor.context().close();
    await page.context().close();
    assert.ok(Date.now() - began < 15 * 60_000);
  });
}
