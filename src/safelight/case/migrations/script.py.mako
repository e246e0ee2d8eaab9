"""${message}"""

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Brings a case of the revision before to this one."""
    ${upgrades if upgrades else "pass"}
