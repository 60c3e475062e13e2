"""What stands in the way, told in one line: what happened, and what to do next."""

import errno


class TroubleError(Exception):
    """Ends the command with its line and exit code 1; never a traceback."""


def in_one_line(error: OSError) -> str:
    """The line for a fault of the machine: a full disk, a folder that cannot be written."""
    where = error.filename or "the city's folder"
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"the disk under {where} is full; free some space and start again"
    if error.errno in (errno.EROFS, errno.EACCES, errno.EPERM):
        return (
            f"{where} cannot be written by this user; "
            "name a folder of your own: YIWANG_HOME=dir make up"
        )
    return f"{where}: {error.strerror or error}"
