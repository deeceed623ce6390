"""What every engine behind a contract has to keep."""
