"""Stands in for Powertools' front, which imports its metrics and its tracer as well."""

from aws_lambda_powertools.logging import Logger as Logger
from aws_lambda_powertools.package_logger import set_package_logger_handler

set_package_logger_handler()
