"""What staff do to meters, for the audit trail."""

from enum import StrEnum


class MeteringAction(StrEnum):
    """One thing done to a meter or a group of them."""

    GROUP_MADE = "group_made"
    GROUP_JOINED = "group_joined"
    GROUP_LEFT = "group_left"
    GROUP_DESCRIBED = "group_described"
    GROUP_DISSOLVED = "group_dissolved"
    METER_REHUNG = "meter_rehung"
    METER_LEFT_ACCOUNT = "meter_left_account"
    METER_INSTALLED = "meter_installed"
    METER_EXCHANGED = "meter_exchanged"
    METER_RESTATED = "meter_restated"
    WALK_STARTED = "walk_started"
    WALK_JUDGED = "walk_judged"
    WALK_ENDED = "walk_ended"
    COMMAND_DECIDED = "command_decided"
    METER_UNFROZEN = "meter_unfrozen"
    COMMAND_ASKED = "command_asked"
    COMMAND_WITHDRAWN = "command_withdrawn"
    READINGS_SETTLED = "readings_settled"
    LOCK_HUNG = "lock_hung"
    LOCK_TAKEN_OFF = "lock_taken_off"
    PARAMETERS_WANTED = "parameters_wanted"
    PARAMETER_AGAIN = "parameter_again"
    PARAMETER_WITHDRAWN = "parameter_withdrawn"
    TEMPLATE_MADE = "template_made"
    TEMPLATE_CHANGED = "template_changed"
    TEMPLATE_ENDED = "template_ended"
