"""What is done with accounts. One file a noun; the verbs that views, other features and commands use are gathered here."""

from carbonlearn.accounts.services.passwords import (
    CODE_LASTS,
    CodeCheck,
    NewPassword,
    change_password,
    check_code,
    issue_code,
    new_password,
    redeem_code,
)
from carbonlearn.accounts.services.people import (
    correct_identity,
    create_user,
    free_username,
    identity_differs,
    set_locale,
)
from carbonlearn.accounts.services.roles import appoint, grant_role, revoke_role
from carbonlearn.accounts.services.signing_in import (
    SESSION_LASTS,
    SignInCheck,
    arrive,
    check_sign_in,
    count_failure,
    finish_sign_in,
    forget_failures,
    open_session,
    revoke_session,
    sign_out,
    step_up,
)
from carbonlearn.accounts.services.standing import disable, enable
from carbonlearn.infra.tokens import token_hash

__all__ = [
    "CODE_LASTS",
    "SESSION_LASTS",
    "CodeCheck",
    "NewPassword",
    "SignInCheck",
    "appoint",
    "arrive",
    "change_password",
    "check_code",
    "check_sign_in",
    "correct_identity",
    "count_failure",
    "create_user",
    "disable",
    "enable",
    "finish_sign_in",
    "forget_failures",
    "free_username",
    "grant_role",
    "identity_differs",
    "issue_code",
    "new_password",
    "open_session",
    "redeem_code",
    "revoke_role",
    "revoke_session",
    "set_locale",
    "sign_out",
    "step_up",
    "token_hash",
]
