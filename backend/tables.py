"""Every table, loaded: for migrations and for whoever maps rows of several packages."""

from sqlalchemy import MetaData

import backend.accounts.models
import backend.audit.models
import backend.estate.archive_models
import backend.estate.models
import backend.importing.models
import backend.kernel.outbox
import backend.metering.command_models
import backend.metering.exchange_models
import backend.metering.group_models
import backend.metering.history.condition_models
import backend.metering.history.held_models
import backend.metering.history.models
import backend.metering.history.suspicion_models
import backend.metering.lock_models
import backend.metering.models
import backend.metering.parameter_models
import backend.metering.parameters.change_models
import backend.metering.parameters.template_models
import backend.metering.walk_models
import backend.notices.models
import backend.payments.models
import backend.people.attempts
import backend.people.models
import backend.people.preference_models
import backend.people.registration_models
import backend.proving.models
import backend.staff.approval_models
import backend.staff.models
import backend.staff.session_models
import backend.vending.models  # noqa: F401 loading is what these imports are for
from backend.kernel.db import Base

METADATA: MetaData = Base.metadata
