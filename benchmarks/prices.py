"""AWS's published prices in us-east-1, in US dollars, without any free tier; each with its page."""

from __future__ import annotations

from typing import Final, NamedTuple

HOURS: Final = 730
"""A month, as AWS counts it."""
MINUTES: Final = HOURS * 60


class Price(NamedTuple):
    """Dollars for one unit, and where AWS says so."""

    dollars: float
    unit: str
    page: str


CLOUDWATCH: Final = "https://aws.amazon.com/cloudwatch/pricing/"
ALARM: Final = Price(0.10, "alarm metric a month", CLOUDWATCH)
DASHBOARD: Final = Price(3.00, "dashboard a month", CLOUDWATCH)
CUSTOM_METRIC: Final = Price(0.30, "custom metric a month", CLOUDWATCH)
LOG_GIGABYTE: Final = Price(0.50, "GB of logs taken in", CLOUDWATCH)
KEY: Final = Price(1.00, "key a month", "https://aws.amazon.com/kms/pricing/")
ROTATION: Final = Price(
    1.00, "month for each of a key's first two rotations", "https://aws.amazon.com/kms/pricing/"
)
SECRET: Final = Price(0.40, "secret a month", "https://aws.amazon.com/secrets-manager/pricing/")
QUEUE_REQUEST: Final = Price(0.40e-6, "request", "https://aws.amazon.com/sqs/pricing/")
LAMBDA_REQUEST: Final = Price(0.20e-6, "request", "https://aws.amazon.com/lambda/pricing/")
LAMBDA_SECOND: Final = Price(
    0.0000133334, "GB-second on arm64", "https://aws.amazon.com/lambda/pricing/"
)
SCHEDULER_CALL: Final = Price(1.00e-6, "invocation", "https://aws.amazon.com/eventbridge/pricing/")
TRACE: Final = Price(5.00e-6, "trace", "https://aws.amazon.com/xray/pricing/")
ACU_HOUR: Final = Price(0.12, "ACU-hour", "https://aws.amazon.com/rds/aurora/pricing/")
AURORA_GIGABYTE: Final = Price(0.10, "GB a month", "https://aws.amazon.com/rds/aurora/pricing/")
NAT_HOUR: Final = Price(0.045, "gateway-hour", "https://aws.amazon.com/vpc/pricing/")
ADDRESS_HOUR: Final = Price(
    0.005, "public IPv4 address-hour", "https://aws.amazon.com/vpc/pricing/"
)
ENDPOINT_HOUR: Final = Price(
    0.01, "interface endpoint-hour in one zone", "https://aws.amazon.com/privatelink/pricing/"
)
PROXY_HOUR: Final = Price(
    0.015, "ACU-hour behind a proxy", "https://aws.amazon.com/rds/proxy/pricing/"
)

FREE_WHEN_IDLE: Final = {
    "AWS::ApiGateway::Account": "a setting",
    "AWS::ApiGateway::Deployment": "paid by the request",
    "AWS::ApiGateway::Method": "paid by the request",
    "AWS::ApiGateway::Resource": "paid by the request",
    "AWS::ApiGateway::RestApi": "paid by the request",
    "AWS::ApiGateway::Stage": "no cache: paid by the request",
    "AWS::ApiGatewayV2::Api": "paid by the request",
    "AWS::ApiGatewayV2::Integration": "paid by the request",
    "AWS::ApiGatewayV2::Route": "paid by the request",
    "AWS::ApiGatewayV2::Stage": "paid by the request",
    "AWS::Budgets::Budget": "budgets without actions are free",
    "AWS::CDK::Metadata": "not a resource",
    "AWS::DynamoDB::Table": "on demand: paid by the request and the byte; recovery by the byte",
    "AWS::EC2::EIP": "priced with the NAT gateway it belongs to",
    "AWS::EC2::FlowLog": "paid by the byte",
    "AWS::EC2::InternetGateway": "free",
    "AWS::EC2::Route": "free",
    "AWS::EC2::RouteTable": "free",
    "AWS::EC2::SecurityGroup": "free",
    "AWS::EC2::Subnet": "free",
    "AWS::EC2::SubnetRouteTableAssociation": "free",
    "AWS::EC2::VPC": "free",
    "AWS::EC2::VPCGatewayAttachment": "free",
    "AWS::Events::Archive": "paid by the byte",
    "AWS::Events::EventBus": "paid by the event",
    "AWS::Events::Rule": "paid by the event",
    "AWS::IAM::Policy": "free",
    "AWS::IAM::Role": "free",
    "AWS::KMS::Alias": "free",
    "AWS::Lambda::Function": "paid by the invocation",
    "AWS::Lambda::LayerVersion": "free below 75 GB of code",
    "AWS::Lambda::Permission": "free",
    "AWS::Logs::LogGroup": "paid by the byte",
    "AWS::RDS::DBInstance": "db.serverless: its capacity is priced with the cluster",
    "AWS::RDS::DBSubnetGroup": "free",
    "AWS::S3::Bucket": "paid by the byte and the request",
    "AWS::S3::BucketPolicy": "free",
    "AWS::SNS::Topic": "paid by the message",
    "AWS::SNS::TopicPolicy": "free",
    "AWS::SQS::Queue": "paid by the request; polling is priced with the event source",
    "AWS::SQS::QueuePolicy": "free",
    "AWS::Scheduler::ScheduleGroup": "free",
}
"""Kinds of resource that cost nothing as long as nothing happens, each with the reason."""
