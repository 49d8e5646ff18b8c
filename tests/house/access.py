"""Who may call which route. A route that is missing here fails the tests; so does a row without a route."""

from enum import StrEnum

from backend.staff.roles import Permission as May


class Who(StrEnum):
    """Who may call a route, and so how it answers everybody else."""

    ANYONE = "anyone"
    PROVIDER = "provider"  # knows the path's key and signs what it says: else 404 or 401
    NEW_BRIDGE = "new bridge"  # has an enrolment token in the body: else 401
    BRIDGE = "bridge"  # presents its access token: else 401
    LOGGED_IN = "logged in"  # presents the token of a log-in: else 401
    STAFF = "staff"  # presents the cookie of a session, and has the permission of OFFICE: else led to the log-in


MINIPROGRAM = "/api/mp/v1"
ADMIN = "/admin"
# The back office: what somebody must be allowed, in some park at least; None: everybody who is logged in.
OFFICE: dict[tuple[str, str], May | None] = {
    ("GET", f"{ADMIN}/"): None,
    ("POST", f"{ADMIN}/logout"): None,
    ("GET", f"{ADMIN}/account"): None,
    ("POST", f"{ADMIN}/account/sessions/<int:number>/revoke"): None,  # one's own, as all below account
    ("POST", f"{ADMIN}/account/sessions/revoke-others"): None,
    ("POST", f"{ADMIN}/account/password"): None,  # with the password told again, as recovery codes
    ("POST", f"{ADMIN}/account/recovery-codes"): None,
    ("GET", f"{ADMIN}/prove"): None,
    ("POST", f"{ADMIN}/prove"): None,
    ("GET", f"{ADMIN}/things/<kind>/<int:number>"): None,  # leads on, and says nothing
    **{
        ("GET", f"{ADMIN}/{name}{file}"): may
        for name, may in {
            "parks": May.VIEW_ESTATE,
            "buildings": May.VIEW_ESTATE,
            "groups": May.VIEW_ESTATE,
            "parameters": May.VIEW_ESTATE,
            "parameter-templates": May.VIEW_ESTATE,
            "rooms": May.VIEW_ESTATE,
            "enterprises": May.VIEW_ESTATE,
            "meters": May.VIEW_ESTATE,
            "orders": May.VIEW_MONEY,
            "users": May.MANAGE_BINDINGS,
            "staff": May.MANAGE_STAFF,
            "audit": May.VIEW_AUDIT,
        }.items()
        for file in ("", "/export")
    },
    ("GET", f"{ADMIN}/search"): None,  # each list by its own permission
    ("GET", f"{ADMIN}/operations"): May.VIEW_ESTATE,
    ("GET", f"{ADMIN}/gateways/<int:number>"): May.VIEW_ESTATE,
    ("GET", f"{ADMIN}/lines/<int:number>"): May.VIEW_ESTATE,
    ("POST", f"{ADMIN}/lines/<int:number>/clocks"): May.OPERATE_BREAKERS,
    ("GET", f"{ADMIN}/wall"): May.VIEW_ESTATE,
    ("GET", f"{ADMIN}/wall/changes"): May.VIEW_ESTATE,
    ("GET", f"{ADMIN}/wall/rooms/<int:number>"): May.VIEW_ESTATE,
    ("GET", f"{ADMIN}/wall/rooms/<int:number>/live"): May.VIEW_ESTATE,
    ("GET", f"{ADMIN}/rooms/<int:number>"): May.VIEW_ESTATE,
    ("GET", f"{ADMIN}/enterprises/<int:number>"): May.VIEW_ESTATE,
    ("GET", f"{ADMIN}/rooms/term/workbook"): May.CHANGE_ESTATE,
    ("POST", f"{ADMIN}/rooms/term/confirm"): May.CHANGE_ESTATE,
    ("GET", f"{ADMIN}/parks/<int:number>"): May.VIEW_ESTATE,
    ("GET", f"{ADMIN}/buildings/<int:number>"): May.VIEW_ESTATE,
    ("GET", f"{ADMIN}/groups/<int:number>"): May.VIEW_ESTATE,
    ("POST", f"{ADMIN}/groups/<int:number>/take-out"): May.CHANGE_ESTATE,
    **{
        (method, f"{ADMIN}/{form}"): May.CHANGE_ESTATE  # each form is asked for and sent at one address
        for form in (
            "parks/new",
            "parks/<int:number>/rename",
            "parks/<int:number>/buildings/new",
            "buildings/<int:number>/rename",
            "rooms/new",
            "rooms/<int:number>/change",
            "rooms/<int:number>/move",
            "rooms/<int:number>/split",
            "rooms/<int:number>/merge",
            "rooms/<int:number>/retire",
            "rooms/<int:number>/let",
            "rooms/<int:number>/tenancies/<int:tenancy>/end",
            "enterprises/new",
            "enterprises/<int:number>/rename",
            "enterprises/<int:number>/papers",
            "enterprises/<int:number>/contacts",
            "groups/new",
            "groups/<int:number>/change",
            "groups/<int:number>/dissolve",
            "meters/to-group",
            "rooms/term",
        )
        for method in ("GET", "POST")
    },
    ("POST", f"{ADMIN}/enterprises/<int:number>/contacts/<int:contact>/remove"): May.CHANGE_ESTATE,
    ("POST", f"{ADMIN}/enterprises/<int:number>/invite"): May.MANAGE_BINDINGS,
    ("GET", f"{ADMIN}/meters/<int:number>"): May.VIEW_ESTATE,
    ("GET", f"{ADMIN}/meters/<int:number>/live"): May.VIEW_ESTATE,
    ("POST", f"{ADMIN}/meters/<int:number>/ask"): May.OPERATE_BREAKERS,
    ("POST", f"{ADMIN}/meters/<int:number>/cancel/<reference>"): May.OPERATE_BREAKERS,
    ("POST", f"{ADMIN}/meters/<int:number>/lock"): May.LOCK_FOR_MAINTENANCE,
    ("POST", f"{ADMIN}/locks/<int:number>/take-off"): May.LOCK_FOR_MAINTENANCE,
    ("POST", f"{ADMIN}/locks/<int:number>/ask-removal"): May.LOCK_FOR_MAINTENANCE,
    ("GET", f"{ADMIN}/field"): May.OPERATE_BREAKERS,
    ("GET", f"{ADMIN}/field/<int:number>"): May.OPERATE_BREAKERS,
    ("GET", f"{ADMIN}/field/<int:number>/exchange"): May.INSTALL_METERS,
    ("POST", f"{ADMIN}/field/<int:number>/exchange"): May.INSTALL_METERS,
    ("GET", f"{ADMIN}/parks/<int:number>/gateways/new"): May.INSTALL_METERS,
    ("POST", f"{ADMIN}/parks/<int:number>/gateways/new"): May.INSTALL_METERS,
    ("GET", f"{ADMIN}/gateways/<int:number>/lines/new"): May.INSTALL_METERS,
    ("POST", f"{ADMIN}/gateways/<int:number>/lines/new"): May.INSTALL_METERS,
    ("GET", f"{ADMIN}/rooms/<int:number>/meters/new"): May.INSTALL_METERS,
    ("POST", f"{ADMIN}/rooms/<int:number>/meters/new"): May.INSTALL_METERS,
    ("GET", f"{ADMIN}/meters/<int:number>/restate"): May.INSTALL_METERS,
    ("POST", f"{ADMIN}/meters/<int:number>/restate"): May.INSTALL_METERS,
    ("GET", f"{ADMIN}/exchanges/<int:number>/photo"): May.VIEW_ESTATE,
    ("GET", f"{ADMIN}/walks"): May.INSTALL_METERS,
    ("GET", f"{ADMIN}/walks/new"): May.INSTALL_METERS,
    ("POST", f"{ADMIN}/walks/new"): May.INSTALL_METERS,
    ("GET", f"{ADMIN}/walks/<int:number>"): May.INSTALL_METERS,
    ("POST", f"{ADMIN}/walks/<int:number>/<do>"): May.INSTALL_METERS,
    ("GET", f"{ADMIN}/orders/<order_no>"): May.VIEW_MONEY,
    ("POST", f"{ADMIN}/orders/<order_no>/ask"): May.VIEW_MONEY,
    ("GET", f"{ADMIN}/staff/<int:number>"): May.MANAGE_STAFF,
    ("GET", f"{ADMIN}/staff/invite"): May.MANAGE_STAFF,
    ("POST", f"{ADMIN}/staff/invite"): May.MANAGE_STAFF,
    ("POST", f"{ADMIN}/staff/<int:number>/roles"): May.MANAGE_STAFF,
    ("POST", f"{ADMIN}/staff/<int:number>/roles/<int:grant>/end"): May.MANAGE_STAFF,
    ("POST", f"{ADMIN}/staff/<int:number>/sessions/<int:opened>/revoke"): May.MANAGE_STAFF,
    ("POST", f"{ADMIN}/staff/<int:number>/unlock"): May.MANAGE_STAFF,
    ("POST", f"{ADMIN}/staff/<int:number>/disable"): May.MANAGE_STAFF,
    ("POST", f"{ADMIN}/staff/<int:number>/enable"): May.MANAGE_STAFF,
    ("POST", f"{ADMIN}/staff/<int:number>/reset"): May.MANAGE_STAFF,
    ("GET", f"{ADMIN}/approvals"): None,  # each by what it takes to ask or to decide
    ("POST", f"{ADMIN}/approvals/<int:number>/approve"): None,
    ("POST", f"{ADMIN}/approvals/<int:number>/reject"): None,
    ("POST", f"{ADMIN}/approvals/<int:number>/withdraw"): None,
    ("GET", f"{ADMIN}/meters/<int:number>/parameters"): May.VIEW_ESTATE,
    ("GET", f"{ADMIN}/meters/<int:number>/parameters/<word>"): May.SET_PARAMETERS,
    ("POST", f"{ADMIN}/meters/<int:number>/parameters/<word>"): May.SET_PARAMETERS,
    ("POST", f"{ADMIN}/meters/<int:number>/parameters/<word>/again"): May.SET_PARAMETERS,
    ("POST", f"{ADMIN}/meters/<int:number>/parameters/<word>/withdraw"): May.SET_PARAMETERS,
    ("POST", f"{ADMIN}/meters/<int:number>/parameters/read"): May.SET_PARAMETERS,
    ("GET", f"{ADMIN}/parameter-changes/<int:number>"): May.VIEW_ESTATE,
    ("POST", f"{ADMIN}/parameter-changes/<int:number>/carry-out"): May.SET_PARAMETERS,
    ("POST", f"{ADMIN}/parameter-changes/<int:number>/again"): May.SET_PARAMETERS,
    ("GET", f"{ADMIN}/parameter-templates/<int:number>"): May.VIEW_ESTATE,
    **{
        (method, f"{ADMIN}/parameter-templates/{rest}"): May.SET_PARAMETERS
        for rest in ("new", "<int:number>/change", "<int:number>/end", "<int:number>/values/<word>")
        for method in ("GET", "POST")
    },
    ("GET", f"{ADMIN}/parameter-templates/<int:number>/add"): May.SET_PARAMETERS,
    ("POST", f"{ADMIN}/parameter-templates/<int:number>/values/<word>/remove"): May.SET_PARAMETERS,
    ("GET", f"{ADMIN}/meters/to-template"): May.SET_PARAMETERS,
    ("POST", f"{ADMIN}/meters/to-template"): May.SET_PARAMETERS,
    ("POST", f"{ADMIN}/meters/to-template/confirm"): May.SET_PARAMETERS,
    ("GET", f"{ADMIN}/quarantine"): May.VIEW_ESTATE,
    ("POST", f"{ADMIN}/quarantine/meters/<int:number>/accept"): May.INSTALL_METERS,
    ("POST", f"{ADMIN}/quarantine/meters/<int:number>/drop"): May.INSTALL_METERS,
    ("POST", f"{ADMIN}/quarantine/<int:number>/replace"): May.INSTALL_METERS,
    ("POST", f"{ADMIN}/quarantine/suspects/<int:number>/settle"): May.INSTALL_METERS,
    ("GET", f"{ADMIN}/import"): May.IMPORT_ESTATE,
    ("GET", f"{ADMIN}/import/template"): May.IMPORT_ESTATE,
    ("POST", f"{ADMIN}/import"): May.IMPORT_ESTATE,
    ("GET", f"{ADMIN}/import/<int:number>"): May.IMPORT_ESTATE,
    ("POST", f"{ADMIN}/import/<int:number>/sign"): May.IMPORT_ESTATE,
    ("POST", f"{ADMIN}/import/<int:number>/confirm"): May.IMPORT_ESTATE,
    ("GET", f"{ADMIN}/applicants"): May.DECIDE_REGISTRATIONS,
    ("GET", f"{ADMIN}/applicants/<int:number>"): May.DECIDE_REGISTRATIONS,
    ("POST", f"{ADMIN}/applicants/<int:number>/approve"): May.DECIDE_REGISTRATIONS,
    ("POST", f"{ADMIN}/applicants/<int:number>/reject"): May.DECIDE_REGISTRATIONS,
}
BRIDGE = "/bridge/v1"
ACCESS: dict[tuple[str, str], Who] = {
    **dict.fromkeys(OFFICE, Who.STAFF),
    ("GET", ADMIN): Who.ANYONE,
    ("GET", f"{ADMIN}/login"): Who.ANYONE,
    ("POST", f"{ADMIN}/login"): Who.ANYONE,  # guessing is counted by name and by address
    ("GET", f"{ADMIN}/setup/<token>"): Who.ANYONE,  # knows the link
    ("POST", f"{ADMIN}/setup/<token>"): Who.ANYONE,
    ("POST", f"{ADMIN}/preferences"): Who.ANYONE,  # cookies of this browser
    ("GET", f"{ADMIN}/static/<name>"): Who.ANYONE,  # files, the same for everybody
    ("GET", f"{ADMIN}/<path:rest>"): Who.ANYONE,  # says that nothing is there
    ("GET", "/livez"): Who.ANYONE,
    ("GET", "/readyz"): Who.ANYONE,
    ("GET", "/metrics"): Who.ANYONE,  # counters without names; a proxy in front should keep it inside
    ("GET", "/h5"): Who.ANYONE,  # the pages of the official account: files, the same for everybody
    ("GET", "/h5/"): Who.ANYONE,
    ("GET", "/h5/<name>"): Who.ANYONE,
    ("GET", "/h5/demo"): Who.ANYONE,  # this and what is below it: development only, tells the invites of the demo
    ("GET", "/h5/demo/phone"): Who.ANYONE,
    ("GET", "/h5/demo/account"): Who.ANYONE,
    ("GET", "/h5/demo/invites/<person>.svg"): Who.ANYONE,
    ("GET", "/h5/demo/people"): Who.ANYONE,
    ("GET", "/h5/demo/park"): Who.ANYONE,
    ("POST", "/h5/demo/park"): Who.ANYONE,
    ("POST", "/callbacks/wechat_pay/<callback_key>"): Who.PROVIDER,
    ("POST", f"{BRIDGE}/enrol"): Who.NEW_BRIDGE,
    ("POST", f"{BRIDGE}/heartbeat"): Who.BRIDGE,
    ("POST", f"{BRIDGE}/claim"): Who.BRIDGE,
    ("POST", f"{BRIDGE}/commands/<reference>/intent"): Who.BRIDGE,
    ("POST", f"{BRIDGE}/commands/<reference>/outcome"): Who.BRIDGE,
    ("POST", f"{BRIDGE}/readings"): Who.BRIDGE,
    ("POST", f"{MINIPROGRAM}/login"): Who.ANYONE,  # with a code of WeChat; guessing is counted by address
    ("GET", f"{MINIPROGRAM}/h5/authorize"): Who.ANYONE,  # tells an address, and sets a cookie to be known by
    ("POST", f"{MINIPROGRAM}/h5/login"): Who.ANYONE,  # with a code of WeChat and the state of that cookie
    ("POST", f"{MINIPROGRAM}/logout"): Who.LOGGED_IN,
    ("POST", f"{MINIPROGRAM}/logout-everywhere"): Who.LOGGED_IN,
    ("GET", f"{MINIPROGRAM}/me"): Who.LOGGED_IN,
    ("POST", f"{MINIPROGRAM}/bindings"): Who.LOGGED_IN,
    ("DELETE", f"{MINIPROGRAM}/bindings/<int:holder>"): Who.LOGGED_IN,
    ("GET", f"{MINIPROGRAM}/me/holder"): Who.LOGGED_IN,
    ("PUT", f"{MINIPROGRAM}/me/holder"): Who.LOGGED_IN,
    ("POST", f"{MINIPROGRAM}/registrations"): Who.LOGGED_IN,
    ("GET", f"{MINIPROGRAM}/registrations"): Who.LOGGED_IN,
    ("DELETE", f"{MINIPROGRAM}/registrations/<int:registration>"): Who.LOGGED_IN,
    # Below a holder: its owners; to others it is not there, or their role is too low.
    ("GET", f"{MINIPROGRAM}/holders/<int:holder>/members"): Who.LOGGED_IN,
    ("PUT", f"{MINIPROGRAM}/holders/<int:holder>/members/<int:member>"): Who.LOGGED_IN,
    ("DELETE", f"{MINIPROGRAM}/holders/<int:holder>/members/<int:member>"): Who.LOGGED_IN,
    ("POST", f"{MINIPROGRAM}/holders/<int:holder>/owner"): Who.LOGGED_IN,
    ("POST", f"{MINIPROGRAM}/holders/<int:holder>/invites"): Who.LOGGED_IN,
    ("GET", f"{MINIPROGRAM}/holders/<int:holder>/invites"): Who.LOGGED_IN,
    ("DELETE", f"{MINIPROGRAM}/holders/<int:holder>/invites/<int:invite>"): Who.LOGGED_IN,
    ("GET", f"{MINIPROGRAM}/meters"): Who.LOGGED_IN,
    ("GET", f"{MINIPROGRAM}/meters/<reference>"): Who.LOGGED_IN,
    ("GET", f"{MINIPROGRAM}/meters/<reference>/usage"): Who.LOGGED_IN,
    ("GET", f"{MINIPROGRAM}/messages"): Who.LOGGED_IN,
    ("POST", f"{MINIPROGRAM}/messages/<int:message>/read"): Who.LOGGED_IN,
    ("GET", f"{MINIPROGRAM}/settings"): Who.LOGGED_IN,
    ("PUT", f"{MINIPROGRAM}/settings"): Who.LOGGED_IN,
    ("POST", f"{MINIPROGRAM}/orders"): Who.LOGGED_IN,
    ("GET", f"{MINIPROGRAM}/orders"): Who.LOGGED_IN,
    ("GET", f"{MINIPROGRAM}/orders/<order_no>"): Who.LOGGED_IN,
    ("POST", f"{MINIPROGRAM}/orders/<order_no>/pay"): Who.LOGGED_IN,
}
