// The login and consent pages, without pages: each answers at once by a redirect, so that a client
// with a cookie jar walks through by following redirects.
//
// `login_hint=deny` makes the user decline.

import { ACCOUNT } from "./configuration.mjs";

/** Adds `GET /interaction/…` to the provider. */
export function answerInteractions(provider) {
  provider.use(async (context, next) => {
    if (!context.path.startsWith("/interaction/")) return next();
    const { req, res } = context;
    const interaction = await provider.interactionDetails(req, res);
    const result = await decide(provider, interaction);
    context.redirect(await provider.interactionResult(req, res, result));
  });
}

async function decide(provider, { grantId, params, prompt, session }) {
  if (params.login_hint === "deny") {
    return { error: "access_denied", error_description: "the user declined" };
  }
  if (prompt.name === "login") return { login: { accountId: ACCOUNT.sub } };

  const { missingOIDCClaims, missingOIDCScope, missingResourceScopes } = prompt.details;
  const grant =
    (await provider.Grant.find(grantId)) ??
    new provider.Grant({ accountId: session.accountId, clientId: params.client_id });
  if (missingOIDCScope) grant.addOIDCScope(missingOIDCScope.join(" "));
  if (missingOIDCClaims) grant.addOIDCClaims(missingOIDCClaims);
  for (const [resource, scopes] of Object.entries(missingResourceScopes ?? {})) {
    grant.addResourceScope(resource, scopes.join(" "));
  }
  return { consent: { grantId: await grant.save() } };
}
