"""kill -9 in the middle of thousands of claims and gifts a second: nothing acknowledged is lost, nothing is twice."""
