"""110's own door is tried with every role in test_transfers_110.py."""

DOOR = "/workorder/v1/hotline/transfers-110"
TRIED = {
    ("POST", DOOR),
    ("GET", DOOR),
    ("GET", DOOR + "/{transfer_id}"),
    ("POST", DOOR + "/{transfer_id}/supplements"),
    ("POST", DOOR + "/{transfer_id}/receipts"),
    ("POST", DOOR + "/{transfer_id}/results"),
}
