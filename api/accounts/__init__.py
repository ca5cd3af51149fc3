"""Who may do what: keys, merchants, invitations, logins, web sessions and claims.

Every function takes a session first and the time last, `(session, ..., *, now)`; the caller commits. A plain secret is
returned once, by the function that makes it, and only its hash is stored.
"""

from api.accounts.claims import (
    Approval,
    ClaimStatus,
    claim_listing,
    decide_claim,
    pending_claims,
)
from api.accounts.keys import NewKey, key_holder, list_keys, make_key, needs_touch, revoke_key, rotate_key, touch_key
from api.accounts.merchants import (
    accept_invitation,
    add_listing,
    counter_listings,
    invitation_merchant,
    invite,
    list_merchants,
    listings_of,
    make_merchant,
)
from api.accounts.roles import NOBODY, Holder, Role
from api.accounts.sessions import (
    NewSession,
    WebSession,
    authenticate,
    close_session,
    open_session,
    session_holder,
)
from api.accounts.tables import ApiKey, Claim, CorrectionDecision, Invitation, Login, Merchant, MerchantListing

__all__ = [
    "NOBODY",
    "ApiKey",
    "Approval",
    "Claim",
    "ClaimStatus",
    "CorrectionDecision",
    "Holder",
    "Invitation",
    "Login",
    "Merchant",
    "MerchantListing",
    "NewKey",
    "NewSession",
    "Role",
    "WebSession",
    "accept_invitation",
    "add_listing",
    "authenticate",
    "claim_listing",
    "close_session",
    "counter_listings",
    "decide_claim",
    "invitation_merchant",
    "invite",
    "key_holder",
    "list_keys",
    "list_merchants",
    "listings_of",
    "make_key",
    "make_merchant",
    "needs_touch",
    "open_session",
    "pending_claims",
    "revoke_key",
    "rotate_key",
    "session_holder",
    "touch_key",
]
